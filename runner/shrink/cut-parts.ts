import type { ClientInput, ScenarioInput } from "../scenario/input.ts";
import { ddmin } from "./ddmin.ts";
import { tryCase, type Search } from "./search.ts";

const PARTS = ["description", "expect", "clocks", "history", "faults", "maxEvents"] as const;

/** Whole parts of a scenario. */
export function cutParts(search: Search): void {
  for (const part of PARTS) {
    if (search.best[part] === undefined) continue;
    const { [part]: _, ...rest } = search.best;
    tryCase(search, rest, 1);
  }
  cutKeys(search, "history");
  cutKeys(search, "clocks");
}

/** Single servers' histories and clocks. */
function cutKeys(search: Search, part: "history" | "clocks"): void {
  for (const key of Object.keys(search.best[part] ?? {})) {
    const { [key]: _, ...rest } = search.best[part] ?? {};
    if (Object.keys(rest).length > 0) tryCase(search, { ...search.best, [part]: rest });
  }
}

/** Clients, and what steps tell them to do with them. */
export function cutClients(search: Search): void {
  const from = search.best;
  ddmin(from.clients ?? [], (kept) => tryCase(search, withClients(from, kept), 2));
  for (const [index, client] of (search.best.clients ?? []).entries()) {
    if (client.count === undefined || client.count === 1) continue;
    tryCase(search, withClient(search.best, index, { ...client, count: 1 }), 2);
  }
}

function withClients(input: ScenarioInput, clients: readonly ClientInput[]): ScenarioInput {
  const { clients: _, steps, ...rest } = input;
  const isThere = (name: string): boolean =>
    clients.some((client) => client.name === name || name.startsWith(`${client.name}-`));
  const keptSteps = steps?.filter(({ client }) => client === undefined || isThere(client));
  return {
    ...rest,
    ...(clients.length === 0 ? {} : { clients: [...clients] }),
    ...(keptSteps === undefined ? {} : { steps: keptSteps }),
  };
}

export function withClient(
  input: ScenarioInput,
  index: number,
  client: ClientInput,
): ScenarioInput {
  return { ...input, clients: (input.clients ?? []).with(index, client) };
}
