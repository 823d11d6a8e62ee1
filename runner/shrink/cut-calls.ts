import type { ClientInput, OperationInput, ScenarioInput } from "../scenario/input.ts";
import { withClient } from "./cut-parts.ts";
import { ddmin } from "./ddmin.ts";
import { tryCase, type Calls, type Search } from "./search.ts";

/** Clients that do the same thing again and again become ones that call what they called, one by one. */
export function spellOutCalls(search: Search): void {
  if ((search.best.clients ?? []).every(isScript)) return;
  const calls = search.callsOf(search.best);
  tryCase(search, spelledOut(search.best, calls), 1);
}

/** Single calls, of all clients together. */
export function cutCalls(search: Search): void {
  const from = search.best;
  const calls = (from.clients ?? []).flatMap((client, index) =>
    (client.do ?? []).map((call) => ({ index, call })),
  );
  if (calls.length === 0) return;
  ddmin(calls, (kept) => tryCase(search, withCalls(from, kept), 1));
  for (const [index, client] of (search.best.clients ?? []).entries())
    simplify(search, index, client);
}

function isScript(client: ClientInput): boolean {
  const { mix, lock, watch, count } = client;
  return mix === undefined && lock === undefined && watch === undefined && count === undefined;
}

function spelledOut(input: ScenarioInput, calls: Calls): ScenarioInput {
  const clients = (input.clients ?? []).flatMap((client) => {
    if (isScript(client)) return [client];
    const { sessionTimeout, servers, start, renew } = client;
    return namesOf(client).map((name): ClientInput => ({
      name,
      ...(sessionTimeout === undefined ? {} : { sessionTimeout }),
      ...(servers === undefined ? {} : { servers }),
      ...(start === undefined ? {} : { start }),
      ...(renew === undefined ? {} : { renew }),
      ...doing(calls.get(name) ?? []),
    }));
  });
  return { ...input, clients };
}

function doing(calls: readonly OperationInput[]): Pick<ClientInput, "do"> {
  return calls.length === 0 ? {} : { do: [...calls] };
}

function namesOf({ name, count }: ClientInput): string[] {
  if (count === undefined) return [name];
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

function withCalls(
  input: ScenarioInput,
  calls: readonly { readonly index: number; readonly call: OperationInput }[],
): ScenarioInput {
  const clients = (input.clients ?? []).map((client, index) => {
    if (client.do === undefined) return client;
    const { do: _, ...rest } = client;
    const own = calls.filter((kept) => kept.index === index).map(({ call }) => call);
    return own.length === 0 ? rest : { ...rest, do: own };
  });
  return { ...input, clients };
}

/** A client with the habits that all have. */
function simplify(search: Search, index: number, client: ClientInput): void {
  for (const key of ["sessionTimeout", "servers", "start", "renew", "retries"] as const) {
    const current = search.best.clients?.[index] ?? client;
    if (current[key] === undefined) continue;
    const { [key]: _, ...rest } = current;
    tryCase(search, withClient(search.best, index, rest), 1);
  }
}
