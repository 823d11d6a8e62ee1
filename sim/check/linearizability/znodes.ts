import { ErrorCode } from "../../../core/request/error-code.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { History, HistoryEntry } from "../../workload/history.ts";
import { ILLEGAL, type Call, type Model } from "./model.ts";

/** One znode as a register: it comes, counts its versions, and goes. */
export type ZnodeInput = {
  readonly path: string;
  readonly kind: "create" | "set" | "delete" | "vanish";
  /** −1 is any. */
  readonly version: number;
};

/** An error code, and of a set the version that it led to. */
export type ZnodeOutput = { readonly err: number; readonly version: number };

/** The version; −1 where there is no znode. */
export const znodes: Model<number, ZnodeInput, ZnodeOutput> = {
  init: () => GONE,
  equal: (a, b) => a === b,
  partition: ({ path }) => path,
  observes: (_, output) => output !== null && output.err !== ErrorCode.ok,
  same: (a, b) => a.kind === b.kind && a.version === b.version,
  step: (state, input, output) => {
    const [err, next] = outcomeOf(state, input);
    if (output === null) return next;
    if (output.err !== err) return ILLEGAL;
    return err === ErrorCode.ok && input.kind === "set" && output.version !== next ? ILLEGAL : next;
  },
};

/**
 * The writes of a run, as calls on znodes. Only writes are linearizable: a read may be stale, and is held to other
 * promises. What failed for a reason beyond its znode is left out, for it has done nothing.
 */
export function znodeCalls({ entries }: History): Call<ZnodeInput, ZnodeOutput>[] {
  const calls: Call<ZnodeInput, ZnodeOutput>[] = [];
  const unnamed: HistoryEntry[] = [];
  for (const entry of entries) {
    const input = inputOf(entry);
    if (input === null) {
      const isOpen = entry.outcome === "unknown" || entry.outcome === "pending";
      if (entry.op.kind === "create" && isOpen) unnamed.push(entry);
      continue;
    }
    const calledAt = entry.invokedUs;
    const isKnown = entry.outcome === "ok" || (entry.outcome === "failed" && entry.err !== 0);
    if (!isKnown && entry.xid === 0) continue;
    const returnedAt = isKnown ? entry.returnedUs : Infinity;
    const output = isKnown ? { err: entry.err, version: versionIn(entry) } : null;
    if (output !== null && !ABOUT_ZNODES.has(output.err)) continue;
    const { client } = entry;
    calls.push({ client, input, output, calledAt, returnedAt });
    // An ephemeral goes some day, and no client calls for that.
    if (isEphemeral(entry)) {
      const vanish: ZnodeInput = { path: input.path, kind: "vanish", version: -1 };
      calls.push({ client, input: vanish, output: null, calledAt, returnedAt: Infinity });
    }
  }
  for (const { op, client, invokedUs: calledAt } of unnamed) {
    for (const path of madeBy(op, calls)) {
      for (const kind of ["create", "vanish"] as const) {
        const input: ZnodeInput = { path, kind, version: -1 };
        calls.push({ client, input, output: null, calledAt, returnedAt: Infinity });
      }
    }
  }
  return calls;
}

/** A sequential create whose answer was lost: any of the znodes that are called like that may be its own. */
function madeBy(op: Operation, calls: readonly Call<ZnodeInput, ZnodeOutput>[]): Set<string> {
  const prefix = op.kind === "create" ? op.path : "";
  const paths = new Set<string>();
  for (const { input } of calls) {
    const { path } = input;
    if (path.startsWith(prefix) && path.length === prefix.length + SEQUENCE_DIGITS) paths.add(path);
  }
  return paths;
}

function outcomeOf(state: number, { kind, version }: ZnodeInput): readonly [number, number] {
  if (kind === "vanish") return [ErrorCode.ok, GONE];
  if (kind === "create") {
    return state === GONE ? [ErrorCode.ok, 0] : [ErrorCode.nodeExists, state];
  }
  if (state === GONE) return [ErrorCode.noNode, state];
  if (version !== -1 && version !== state) return [ErrorCode.badVersion, state];
  return [ErrorCode.ok, kind === "set" ? state + 1 : GONE];
}

/** Null for what is no write of a known znode. A create without its parent says nothing about its own. */
function inputOf({ op, err, result }: HistoryEntry): ZnodeInput | null {
  switch (op.kind) {
    case "setData":
      return { path: op.path, kind: "set", version: op.version };
    case "delete":
      return { path: op.path, kind: "delete", version: op.version };
    case "create": {
      if (err === ErrorCode.noNode) return null;
      const isSequential = (op.flags & 2) !== 0;
      const path = isSequential ? (result?.kind === "path" ? result.path : null) : op.path;
      return path === null ? null : { path, kind: "create", version: -1 };
    }
    default:
      return null;
  }
}

function isEphemeral({ op, outcome }: HistoryEntry): boolean {
  return op.kind === "create" && (op.flags & 1) !== 0 && outcome !== "failed";
}

function versionIn({ result }: HistoryEntry): number {
  return result?.kind === "stat" ? result.stat.version : GONE;
}

const GONE = -1;
const SEQUENCE_DIGITS = 10;

const ABOUT_ZNODES: ReadonlySet<number> = new Set([
  ErrorCode.ok,
  ErrorCode.noNode,
  ErrorCode.nodeExists,
  ErrorCode.badVersion,
]);
