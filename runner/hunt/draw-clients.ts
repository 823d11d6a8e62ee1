import { integer, oneIn, pick, type Stream } from "../../sim/kernel/stream.ts";
import type { ClientInput, EnsembleInput, OperationInput } from "../scenario/input.ts";
import { ms } from "./faults/fault-draw.ts";

const MIXES: readonly NonNullable<ClientInput["mix"]>[] = [
  { set: 1 },
  { set: 4, get: 4, create: 1, delete: 1 },
  { create: 3, delete: 2, children: 1 },
  { createEphemeral: 3, set: 2, exists: 1, delete: 1 },
  { createEphemeralSequential: 2, createSequential: 1, children: 2, sync: 1 },
  { set: 3, get: 3, sync: 1 },
];

/**
 * A few clients on a few keys: some go on and on in a window of the run, some do single things at single instants, and
 * between them there are times when nobody writes.
 */
export function drawClients(dice: Stream, ensemble: EnsembleInput, untilMs: number): ClientInput[] {
  const tickMs = ensemble.tickMs ?? 2000;
  const clients: ClientInput[] = [];
  const crowd = integer(dice, 0, 2);
  for (let index = 0; index < crowd; index++) clients.push(mixed(dice, tickMs, untilMs, index));
  const soloists = integer(dice, crowd === 0 ? 1 : 0, 2);
  for (let index = 0; index < soloists; index++) {
    clients.push(scripted(dice, tickMs, untilMs, index));
  }
  if (oneIn(dice, 8)) clients.push({ name: "watcher", watch: "/a", what: "data" });
  if (oneIn(dice, 12))
    clients.push({ name: "locker", count: 2, lock: "/lock", until: ms(untilMs) });
  return clients;
}

function mixed(dice: Stream, tickMs: number, untilMs: number, index: number): ClientInput {
  const fromMs = oneIn(dice, 2) ? 0 : integer(dice, 0, untilMs);
  const lastMs = oneIn(dice, 2) ? untilMs : integer(dice, fromMs, untilMs);
  return {
    name: `crowd${index}`,
    count: integer(dice, 1, 2),
    sessionTimeout: sessionTimeout(dice, tickMs),
    ...(oneIn(dice, 3) ? { start: ms(integer(dice, 0, untilMs)) } : {}),
    mix: pick(dice, MIXES),
    ...(oneIn(dice, 4)
      ? { think: ms(integer(dice, 0, 100)), inFlight: integer(dice, 1, 3) }
      : { rate: pick(dice, [1, 3, 10, 40]) }),
    keys: integer(dice, 1, 3),
    from: ms(fromMs),
    until: ms(lastMs),
    retries: pick(dice, [0, 0, 3]),
  };
}

/** Single operations on the same three paths as everybody else's. */
function scripted(dice: Stream, tickMs: number, untilMs: number, index: number): ClientInput {
  const operations = Array.from({ length: integer(dice, 1, 12) }, () => integer(dice, 0, untilMs))
    .sort((a, b) => a - b)
    .map((atMs) => operation(dice, atMs));
  return {
    name: `solo${index}`,
    sessionTimeout: sessionTimeout(dice, tickMs),
    // Sessions that begin in the middle of things, too: one server may be away while it does.
    ...(oneIn(dice, 2) ? {} : { start: ms(integer(dice, 0, untilMs)) }),
    do: operations,
  };
}

function operation(dice: Stream, atMs: number): OperationInput {
  const at = ms(atMs);
  const path = pick(dice, ["/a", "/b", "/c"]);
  switch (integer(dice, 0, 9)) {
    case 0:
    case 1:
      return { at, do: "create", path };
    case 2:
    case 3:
      return { at, do: "create", path, ephemeral: true };
    case 4:
      return { at, do: "delete", path };
    case 5:
    case 6:
      return { at, do: "set", path, data: String(integer(dice, 0, 9)) };
    case 7:
      return { at, do: "get", path };
    case 8:
      return { at, do: "close" };
    default:
      return { at, do: "open" };
  }
}

/** Between the two bounds that servers set: 2 and 20 ticks. */
function sessionTimeout(dice: Stream, tickMs: number): string {
  return ms(tickMs * integer(dice, 4, 20));
}
