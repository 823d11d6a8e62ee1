import type { Operation } from "../../core/request/operation.ts";

/** One simulated client: who it is, and what it does. Frozen; part of what a run is made from. */
export type ClientPlan = {
  /** Unique within a run. */
  readonly name: string;
  /** What it asks for; the servers negotiate. */
  readonly sessionTimeoutMs: number;
  /** The servers it knows; empty stands for all of them. */
  readonly servers: readonly number[];
  readonly startUs: number;
  /** Opens a new session when the old one has expired. */
  readonly renews: boolean;
  readonly behaviour: Behaviour;
};

export type Behaviour = MixPlan | ScriptPlan | LockPlan | WatchPlan;

/** The kinds of operation in a mix. */
export const MIX_OPERATIONS = [
  "create",
  "createEphemeral",
  "createSequential",
  "createEphemeralSequential",
  "set",
  "get",
  "exists",
  "children",
  "delete",
  "sync",
] as const;
export type MixOperation = (typeof MIX_OPERATIONS)[number];

/**
 * Operations drawn by weight, on a few keys. At a rate, an operation starts at even intervals whatever
 * became of the ones before; in a closed loop, each of `inFlightMax` waits for its answer and a pause.
 */
export type MixPlan = {
  readonly kind: "mix";
  readonly weights: readonly { readonly op: MixOperation; readonly weight: number }[];
  readonly pace:
    | { readonly kind: "rate"; readonly perSecond: number }
    | { readonly kind: "closed"; readonly thinkUs: number };
  readonly inFlightMax: number;
  /** The znode above all keys, and how many keys there are. */
  readonly root: string;
  readonly keyCount: number;
  readonly dataBytes: number;
  /** One client of those that share a root makes it; the others wait until it is there. */
  readonly makesKeys: boolean;
  readonly fromUs: number;
  readonly untilUs: number;
  /** How often an operation without an answer is tried again, as an operation of its own. */
  readonly retries: number;
};

/** What a client can be told to do. */
export type Action =
  | { readonly kind: "invoke"; readonly op: Operation; readonly retries: number }
  /** Closes the session in good order. */
  | { readonly kind: "close" }
  /** Opens a new session, when there is none. */
  | { readonly kind: "open" };

/** Actions at given instants. More may be told to any client while it runs. */
export type ScriptPlan = {
  readonly kind: "script";
  readonly items: readonly { readonly atUs: number; readonly action: Action }[];
};

/**
 * The lock of ZooKeeper's recipes: an ephemeral sequential child each, lowest first,
 * everybody else watching the next lower one.
 */
export type LockPlan = {
  readonly kind: "lock";
  readonly root: string;
  readonly holdUs: number;
  readonly restUs: number;
  readonly untilUs: number;
};

/** Reads with a watch, and again whenever the watch fires. */
export type WatchPlan = {
  readonly kind: "watch";
  readonly path: string;
  readonly what: "data" | "children" | "exists";
};
