import type { Message, Port } from "../../../core/message.ts";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { ServerToClient } from "../../../core/request/operation.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  writeServerToClient,
} from "../../../core/wire/client-codec.ts";
import { intAt, JuteError, JuteWriter } from "../../../core/wire/jute.ts";
import { characterOf } from "../../../runner/run/characters.ts";
import { createCluster, takeClusterTurn } from "../../../sim/cluster/cluster.ts";
import { startServerProcess } from "../../../sim/cluster/server-process.ts";
import type { Cluster } from "../../../sim/cluster/state.ts";
import { clone } from "../../../sim/kernel/clone.ts";
import { run, step } from "../../../sim/kernel/kernel.ts";
import { close, connect, send, startProcess } from "../../../sim/network/network.ts";
import type { NetworkEvent } from "../../../sim/network/state.ts";
import { configOf } from "../machine.ts";
import { Silence, type Line, type World } from "./world.ts";

const SERVER_COUNT = 3;
/** Clients are told apart by host, and all of them call from the same. */
const CLIENT_HOST = "127.0.0.1";
const FRAME_MAX_BYTES = 0xfffff;
const LENGTH_BYTES = 4;
/** µs of virtual time: for an election, for an answer, and for a commit to be everywhere. */
const START_US = 5_000_000;
const PATIENCE_US = 60_000_000;
const SETTLE_US = 50_000;

/** Three simulated servers that have elected a leader. Each conversation is to be had in a copy of its own. */
export function electedEnsemble(superDigest: string): Cluster {
  const options = {
    ...DEFAULT_OPTIONS,
    extendedTypes: true,
    enforceQuota: true,
    superDigest,
    connectionsPerAddressMax: 0,
    containerCheckMs: 1_000_000_000,
  };
  const times = { tickMs: 10_000, minSessionTimeoutMs: 20_000, maxSessionTimeoutMs: 200_000 };
  const servers = Array.from({ length: SERVER_COUNT }, (_, index) =>
    configOf(index + 1, { voters: SERVER_COUNT, ...times, options }),
  );
  const cluster = createCluster({
    seed: "differential",
    servers,
    clients: [],
    character: characterOf("lan", "ssd"),
    checks: true,
    turnsMax: Infinity,
    bytes: true,
  });
  for (const process of cluster.servers) startServerProcess(cluster, process);
  run(cluster.kernel, START_US, takeClusterTurn(cluster));
  return cluster;
}

/** A copy of an ensemble, whose clients' frames travel through simulated time. */
export function ensembleWorld(original: Cluster): World {
  const cluster = clone(original);
  const { kernel, network } = cluster;
  const processId = ++cluster.processCount;
  startProcess(network, processId, CLIENT_HOST);
  const ends = new Map<number, End>();
  const take = takeClusterTurn(cluster, (to, event) => {
    const end = ends.get(event.conn);
    if (to === processId && end !== undefined) arrive(end, event);
  });
  const pass = (us: number): void => void run(kernel, kernel.nowUs + us, take);
  const until = (isSo: () => boolean): void => {
    const lastUs = kernel.nowUs + PATIENCE_US;
    while (!isSo()) {
      if (kernel.nowUs > lastUs) throw new Silence("the ensemble says nothing");
      step(kernel, take);
    }
  };

  return {
    name: "simulated ensemble",
    isOneServer: false,
    open: (session) => {
      const conn = ends.size + 1;
      const end: End = { connected: false, spoken: false, frames: [] };
      ends.set(conn, end);
      connect(network, processId, conn, `s${1 + (session % SERVER_COUNT)}:2181`);
      until(() => end.connected);
      const hangUp = (): void => {
        close(network, processId, conn);
        if (end.frames.at(-1) !== null) end.frames.push(null);
      };
      const line: Line = {
        say: (bytes) => {
          for (const message of messagesIn(bytes, end)) {
            if (message === null) hangUp();
            else send(network, processId, conn, message);
          }
        },
        hear: () => {
          until(() => end.frames.length > 0);
          return Promise.resolve(end.frames[0] === null ? null : (end.frames.shift() ?? null));
        },
        hangUp,
      };
      return Promise.resolve(line);
    },
    settle: () => {
      pass(SETTLE_US);
      return Promise.resolve();
    },
    close: () => {
      const violations = cluster.checks?.violations ?? [];
      if (violations.length > 0) throw new Error(JSON.stringify(violations[0]));
      return Promise.resolve();
    },
  };
}

/** One connection of a client: has the handshake ended, was anything said, and what has come and was not heard. */
type End = { connected: boolean; spoken: boolean; readonly frames: (Uint8Array | null)[] };

const writer = new JuteWriter();

function arrive(end: End, event: NetworkEvent<Message, Port>): void {
  switch (event.kind) {
    case "connected":
      end.connected = true;
      break;
    case "received":
      writer.reset();
      writeServerToClient(writer, event.message as ServerToClient);
      end.frames.push(writer.toBytes().subarray(LENGTH_BYTES));
      break;
    case "disconnected":
      if (end.frames.at(-1) !== null) end.frames.push(null);
      break;
    case "accepted":
      break;
  }
}

/** What a server's socket makes of bytes; null ends the connection. */
function* messagesIn(bytes: Uint8Array, end: End): Generator<Message | null> {
  for (let at = 0; at < bytes.length;) {
    const lengthBytes = intAt(bytes, at);
    if (lengthBytes < 0 || lengthBytes > FRAME_MAX_BYTES) {
      yield null;
      return;
    }
    const payload = bytes.slice(at + LENGTH_BYTES, at + LENGTH_BYTES + lengthBytes);
    at += LENGTH_BYTES + lengthBytes;
    const message = understood(payload, end.spoken);
    end.spoken = true;
    yield message;
    if (message === null) return;
  }
}

function understood(payload: Uint8Array, spoken: boolean): Message | null {
  try {
    return spoken ? decodeRequest(payload) : decodeConnectRequest(payload);
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}
