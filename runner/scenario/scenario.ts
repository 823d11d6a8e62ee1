import type { ServerConfig } from "../../core/config.ts";
import type { Leaves } from "../../sim/disk/failure.ts";
import type { Clock } from "../../sim/cluster/clock.ts";
import type { Choices } from "../../sim/network/state.ts";
import type { Action, ClientPlan } from "../../sim/workload/plan.ts";
import type { Condition } from "./condition.ts";
import type { CrashPoint, DiskName, FaultKind, NetworkName, PartitionShape } from "./input.ts";
import type { ServerFault } from "./server-faults.ts";

/** A scenario, read and checked: all that a run is made from, but for its seed. */
export type Scenario = {
  /** Where it was read from, for messages. */
  readonly file: string;
  /** The whole scenario as one text, zoo.cfg and all: what a trace carries. */
  readonly text: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Unless another is asked for. */
  readonly seed: string;
  /** In sid order. */
  readonly servers: readonly ServerConfig[];
  /** Those that run from the beginning; the others wait for a step that starts them. */
  readonly startsAtOnce: readonly number[];
  readonly histories: readonly DiskHistory[];
  /** By sid; a server without one has a true clock. */
  readonly clocks: ReadonlyMap<number, Clock>;
  readonly network: NetworkName;
  readonly disk: DiskName;
  /** Messages whose times are said instead of drawn; null where none is. */
  readonly choices: Choices | null;
  readonly clients: readonly ClientPlan[];
  readonly steps: readonly Step[];
  readonly faults: FaultPlan | null;
  readonly untilUs: number;
  readonly maxEvents: number;
  readonly expectations: readonly Expectation[];
  /** Worth a line, but no reason to refuse the scenario. */
  readonly warnings: readonly string[];
};

/** What a server's disk holds before the run. */
export type DiskHistory = {
  readonly sid: number;
  /** The last zxid of each epoch, oldest first. */
  readonly lastZxids: readonly bigint[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
};

export type Step = {
  readonly index: number;
  readonly trigger: Trigger;
  readonly command: Command | null;
  readonly caption: string | null;
  /** As a report and the trace show it: `crash leader`. */
  readonly text: string;
};

/** A step at an instant stands for itself; one on a condition waits for the step above it first. */
export type Trigger =
  | { readonly kind: "at"; readonly atUs: number }
  | { readonly kind: "when"; readonly condition: Condition | null; readonly afterUs: number };

export type Command =
  | {
      readonly kind: "start" | "stop" | "pause" | "resume";
      readonly targets: readonly Target[];
    }
  /** One after the other, so long apart. */
  | { readonly kind: "restart"; readonly targets: readonly Target[]; readonly apartUs: number }
  | {
      readonly kind: "crash";
      readonly targets: readonly Target[];
      readonly power: boolean;
      readonly leaves: Leaves;
      /** Null: at once. */
      readonly upon: CrashPlan | null;
    }
  | NetworkCommand
  | {
      readonly kind: "server fault";
      readonly targets: readonly Target[];
      readonly fault: ServerFault;
    }
  | { readonly kind: "client"; readonly client: string; readonly action: Action };

/** A crash that comes right behind the nth thing of a kind that the server does from now on. */
export type CrashPlan = {
  readonly point: CrashPoint;
  readonly nth: number;
  readonly withinUs: number;
  /** Null: it stays down. */
  readonly backUs: number | null;
  readonly times: number;
};

/** What is done to the network. `forUs` null: until `heal`. */
export type NetworkCommand =
  /** Nothing passes between two groups; servers in none are a group of their own. */
  | {
      readonly kind: "partition";
      readonly groups: readonly (readonly Target[])[];
      readonly forUs: number | null;
    }
  /** Walls between the targets, in the order given; between all servers when there are none. */
  | {
      readonly kind: "shape";
      readonly shape: PartitionShape;
      readonly targets: readonly Target[];
      readonly forUs: number | null;
    }
  /** Nothing passes one way. */
  | {
      readonly kind: "wall";
      readonly from: Target;
      readonly to: Target;
      readonly forUs: number | null;
    }
  /** Nothing passes between these and any other server; a client is cut off from every server. */
  | {
      readonly kind: "isolate";
      readonly targets: readonly Target[];
      readonly forUs: number | null;
    }
  | { readonly kind: "heal" }
  | {
      readonly kind: "link fault";
      readonly fault: LinkFaultKind;
      /** As LinkFault in runner/run/link-faults.ts has it. */
      readonly measure: number;
      readonly tailMs: number;
      readonly links: Links;
      readonly forUs: number | null;
    }
  /** Ends what holds these links. */
  | { readonly kind: "release"; readonly links: Links }
  /** Holds all links of the targets, one target after the other, and lets them go again in another order. */
  | { readonly kind: "swizzle"; readonly targets: readonly Target[]; readonly overUs: number }
  /** `to` null: all connections of `from`. `keeps`: messages that still arrive, each way. */
  | {
      readonly kind: "reset";
      readonly from: Target;
      readonly to: Target | null;
      readonly keeps: number;
    }
  /** `lateUs`: when `to` hears what was under way to it; null for never. */
  | {
      readonly kind: "halfOpen";
      readonly from: Target;
      readonly to: Target | null;
      readonly lateUs: number | null;
    };

/** What can be wrong with a link for a while. */
export type LinkFaultKind = "slow" | "held" | "throttled" | "lossy" | "refused";

export type Links =
  /** One way; `to` null: towards all servers. */
  | { readonly kind: "one way"; readonly from: Target; readonly to: Target | null }
  /** All that the targets have to and from anybody, clients too. */
  | { readonly kind: "around"; readonly targets: readonly Target[] }
  /** All that lead to the targets. */
  | { readonly kind: "towards"; readonly targets: readonly Target[] };

export const ROLES = [
  "leader",
  "a follower",
  "followers",
  "an observer",
  "observers",
  "others",
  "all",
  "crashed",
  "old leader",
  "same",
] as const;
export type Role = (typeof ROLES)[number];

/** Whom a command is for; a role is filled when the command is carried out. */
export type Target =
  | { readonly kind: "sid"; readonly sid: number }
  | { readonly kind: "role"; readonly role: Role }
  | { readonly kind: "client"; readonly client: string };

/** Faults drawn from the seed. Each ends by itself, the last one not after `untilUs`. */
export type FaultPlan = {
  readonly everyUs: number;
  readonly lastsUs: readonly [min: number, max: number];
  readonly fromUs: number;
  readonly untilUs: number;
  readonly max: number;
  readonly kinds: readonly { readonly kind: FaultKind; readonly weight: number }[];
};

export type Expectation = {
  readonly condition: Condition;
  /** once: at some instant of the span; throughout: at all; never: at none; at: at its end. */
  readonly holds: "once" | "throughout" | "never" | "at";
  readonly fromUs: number;
  readonly untilUs: number;
  /** As a report shows it: `by 5 s: leader elected`. */
  readonly text: string;
};
