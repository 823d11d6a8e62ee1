import { performance } from "node:perf_hooks";
import { checkLinearizability } from "../sim/check/linearizability/linearizability.ts";
import type { Call } from "../sim/check/linearizability/model.ts";
import {
  registers,
  type RegisterInput,
  type RegisterOutput,
} from "../sim/check/linearizability/register.ts";
import { integer, oneIn, openStream } from "../sim/kernel/stream.ts";

/** The ordinary histories: so many clients at once on so many registers, one answer in a thousand lost. */
const ORDINARY = { clients: 5, keys: 10, calls: 100_000 };
const LONG = { clients: 5, keys: 1000, calls: 1_000_000 };
const ROUNDS = 5;

type History = readonly Call<RegisterInput, RegisterOutput>[];

/** Calls/s that the search judges. */
export function linearizability(): number {
  return judgedPerSecond(atomicHistory(ORDINARY));
}

/** A history of a million calls, made and judged. */
export function judgeMillion(): void {
  const { verdict } = checkLinearizability(registers, atomicHistory(LONG));
  if (verdict !== "linearizable") throw new Error(`an atomic history is ${verdict}`);
}

function judgedPerSecond(history: History): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const { verdict } = checkLinearizability(registers, history);
    if (verdict !== "linearizable") throw new Error(`an atomic history is ${verdict}`);
    best = Math.max(best, (history.length * 1000) / (performance.now() - start));
  }
  return best;
}

/** What clients of registers would see that are atomic: each call takes effect at an instant between its ends. */
function atomicHistory({
  clients,
  keys,
  calls,
}: {
  readonly clients: number;
  readonly keys: number;
  readonly calls: number;
}): History {
  const stream = openStream("bench", "atomic history");
  const values: (number | null)[] = Array.from({ length: keys }, () => null);
  const freeAt = Array.from({ length: clients }, () => 0);
  const plans = Array.from({ length: calls }, (_, index) => {
    const client = index % clients;
    const calledAt = freeAt[client]! + integer(stream, 1, 20);
    const effectAt = calledAt + integer(stream, 1, 50);
    freeAt[client] = effectAt + integer(stream, 1, 50);
    const returnedAt = oneIn(stream, 1000) ? Infinity : freeAt[client];
    return { client, calledAt, effectAt, returnedAt, input: drawn(stream, keys) };
  });
  const done = new Map<number, RegisterOutput>();
  for (const index of plans
    .map((_, id) => id)
    .sort((a, b) => plans[a]!.effectAt - plans[b]!.effectAt)) {
    done.set(index, take(values, plans[index]!.input));
  }
  return plans
    .map(({ client, calledAt, returnedAt, input }, index) => {
      const output = returnedAt === Infinity ? null : (done.get(index) ?? null);
      return { client, calledAt, returnedAt, input, output };
    })
    .sort((a, b) => a.calledAt - b.calledAt);
}

function drawn(stream: ReturnType<typeof openStream>, keys: number): RegisterInput {
  const key = integer(stream, 0, keys - 1);
  const value = integer(stream, 0, 999);
  switch (integer(stream, 0, 4)) {
    case 0:
      return { key, op: { kind: "write", value } };
    case 1:
      return { key, op: { kind: "cas", from: integer(stream, 0, 999), to: value } };
    default:
      return { key, op: { kind: "read" } };
  }
}

function take(values: (number | null)[], { key, op }: RegisterInput): RegisterOutput {
  const index = Number(key);
  const value = values[index] ?? null;
  if (op.kind === "read") return { value };
  if (op.kind === "write") values[index] = op.value;
  else if (value === op.from) values[index] = op.to;
  else return { done: false };
  return { done: true };
}
