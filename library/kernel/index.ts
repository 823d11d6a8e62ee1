/*
 * `zootrope/kernel`: virtual time, seeded chance and a network of connections for protocols that are not ZooKeeper.
 * `createWorld` puts them together; each can be used alone.
 */

export {
  createWorld,
  nodeOf,
  runWorld,
  type Fault,
  type Node,
  type NodeEffect,
  type NodeEvent,
  type Protocol,
  type World,
  type WorldSettings,
} from "./world.ts";

export { clone, Outside } from "../../sim/kernel/clone.ts";
export type { Handle } from "../../sim/kernel/event-queue.ts";
export {
  createHash,
  mix,
  mixBigint,
  mixBytes,
  mixNumber,
  mixText,
  printHash,
  type RollingHash,
} from "../../sim/kernel/hash.ts";
export {
  cancel,
  createKernel,
  resume,
  run,
  schedule,
  step,
  stop,
  UNLIMITED,
  type Budget,
  type Kernel,
  type RunEnd,
  type Turn,
} from "../../sim/kernel/kernel.ts";
export {
  createStreams,
  draw,
  integer,
  makeTable,
  oneIn,
  openStream,
  pick,
  streamOf,
  word,
  type DrawTable,
  type Stream,
  type Streams,
  type TableRow,
} from "../../sim/kernel/stream.ts";

export { onNetworkTurn, type Deliver } from "../../sim/network/arrival.ts";
export { breakSilently, reset } from "../../sim/network/breakage.ts";
export { setBandwidth, setConnects, setLoss } from "../../sim/network/impairment.ts";
export { crashProcess, powerOff, powerOn, type CrashOptions } from "../../sim/network/failure.ts";
export { heal, hold, lowerWall, raiseWall, release, setLatency } from "../../sim/network/link.ts";
export {
  close,
  connect,
  createNetwork,
  listen,
  send,
  startProcess,
  unlisten,
} from "../../sim/network/network.ts";
export {
  isolate,
  lowerWalls,
  oneWay,
  raiseWalls,
  split,
  type Wall,
} from "../../sim/network/partition.ts";
export type { Network, NetworkEvent, NetworkObserver } from "../../sim/network/state.ts";
