import { Document, isMap, isSeq, type YAMLMap } from "yaml";
import type { ScenarioInput } from "./input.ts";

/** Lists in which each thing stands on a line of its own. */
const LISTS: readonly (keyof ScenarioInput)[] = ["deliveries", "clients", "steps", "expect"];

/** A scenario as a file that a person can read and change: one client, step or expectation a line. */
export function scenarioYaml(input: ScenarioInput): string {
  const document = new Document(input, { keepUndefined: false });
  for (const key of ["ensemble", "history", "clocks", "faults"]) flow(document.get(key));
  for (const key of LISTS) {
    const list = document.get(key);
    if (isSeq(list)) for (const item of list.items) flow(item);
  }
  return document.toString({ lineWidth: 0 });
}

/** A client's own operations stay a list of lines, as they may be many. */
function flow(node: unknown): void {
  if (!isMap(node)) return;
  const operations = node.get("do");
  if (!isSeq(operations)) {
    node.flow = true;
    return;
  }
  for (const item of operations.items) (item as YAMLMap).flow = true;
}
