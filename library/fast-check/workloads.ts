import * as fc from "fast-check";
import type { ClientInput, OperationInput } from "../../runner/scenario/input.ts";

export type WorkloadOptions = {
  /** Clients at most. */
  readonly clientsMax?: number;
  /** Operations of each client at most. */
  readonly operationsMax?: number;
  /** Znodes that the clients share. */
  readonly keys?: number;
  /** ms; no operation begins later. */
  readonly untilMs?: number;
};

/** The simplest first: that is what an operation shrinks to. */
const KINDS = ["create", "set", "get", "delete", "exists", "children", "sync"] as const;

/**
 * Clients, each with its operations spelled out: when, what, and on which of a few znodes. Shrinks towards fewer
 * clients, fewer operations, earlier ones, and writes of one znode.
 */
export function workloads(options: WorkloadOptions = {}): fc.Arbitrary<ClientInput[]> {
  const { clientsMax = 3, operationsMax = 8, keys = 3, untilMs = 10_000 } = options;
  const client = fc.array(operations(keys, untilMs), {
    minLength: 1,
    maxLength: operationsMax,
    size: "max",
  });
  return fc.array(client, { maxLength: clientsMax, size: "max" }).map((scripts) =>
    scripts.map((script, index) => ({
      name: nameOf(index),
      do: script
        .map(spelledOut)
        .sort((a, b) => a.atMs - b.atMs)
        .map(({ input }) => input),
    })),
  );
}

type Drawn = {
  readonly atMs: number;
  readonly kind: (typeof KINDS)[number];
  readonly key: number;
  readonly isEphemeral: boolean;
  readonly isSequential: boolean;
  readonly retries: number;
  readonly value: number;
};

function operations(keys: number, untilMs: number): fc.Arbitrary<Drawn> {
  return fc.record({
    atMs: fc.nat(untilMs),
    kind: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("create" as const, "set" as const) },
      { weight: 2, arbitrary: fc.constantFrom(...KINDS) },
    ),
    key: fc.nat(Math.max(0, keys - 1)),
    isEphemeral: rarely(),
    isSequential: rarely(),
    retries: fc.constantFrom(0, 3),
    value: fc.nat(999),
  });
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(4).map((drawn) => drawn === 4);
}

/** An operation with the keys that its kind takes, and no others. */
function spelledOut(drawn: Drawn): { readonly atMs: number; readonly input: OperationInput } {
  const { atMs, kind, key, isEphemeral, isSequential, retries, value } = drawn;
  const common = {
    at: `${atMs}ms`,
    do: kind,
    path: kind === "children" ? "/" : `/k${key}`,
    ...(retries === 0 ? {} : { retries }),
  };
  if (kind === "set") return { atMs, input: { ...common, data: `${value}` } };
  if (kind !== "create") return { atMs, input: common };
  const ephemeral = isEphemeral ? { ephemeral: true } : {};
  const sequential = isSequential ? { sequential: true } : {};
  return { atMs, input: { ...common, data: `${value}`, ...ephemeral, ...sequential } };
}

/** a, b, …, z, client27, … */
function nameOf(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `client${index + 1}`;
}
