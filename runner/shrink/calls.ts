import type { Operation } from "../../core/request/operation.ts";
import { formatDuration } from "../scenario/duration.ts";
import type { OperationInput } from "../scenario/input.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { History } from "../../sim/workload/history.ts";
import type { Calls } from "./search.ts";

/** What clients called, as a scenario would tell them to. What no scenario can say is left out. */
export function callsIn(history: History, { clients }: Scenario): Calls {
  const calls = new Map<string, OperationInput[]>(clients.map(({ name }) => [name, []]));
  for (const { client, op, invokedUs, id } of history.entries) {
    const name = clients[client]?.name;
    const call = callOf(op, id);
    if (name !== undefined && call !== null) {
      calls.get(name)?.push({ at: formatDuration(invokedUs), ...call });
    }
  }
  return calls;
}

/** Data that no other call writes, and that a person can read. */
function callOf(op: Operation, id: number): Omit<OperationInput, "at"> | null {
  switch (op.kind) {
    case "create":
      return {
        do: "create",
        path: op.path,
        data: `v${id}`,
        ...((op.flags & 1) === 0 ? {} : { ephemeral: true }),
        ...((op.flags & 2) === 0 ? {} : { sequential: true }),
      };
    case "setData":
      return {
        do: "set",
        path: op.path,
        data: `v${id}`,
        ...(op.version === -1 ? {} : { version: op.version }),
      };
    case "getData":
      return { do: "get", path: op.path, ...(op.watch ? { watch: true } : {}) };
    case "exists":
      return { do: "exists", path: op.path, ...(op.watch ? { watch: true } : {}) };
    case "getChildren":
      return { do: "children", path: op.path, ...(op.watch ? { watch: true } : {}) };
    case "delete":
      return {
        do: "delete",
        path: op.path,
        ...(op.version === -1 ? {} : { version: op.version }),
      };
    case "sync":
      return op.path === null ? null : { do: "sync", path: op.path };
    default:
      return null;
  }
}
