import type { Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { addressesOf, formatAddress, type HostPort } from "../core/ensemble/address.ts";
import { ownMember } from "../core/ensemble/configuration.ts";
import type { ServerEvent } from "../core/event.ts";
import type { Message, Port } from "../core/message.ts";
import type { Identity } from "../core/tree/acl.ts";
import type { QuorumPacket } from "../core/zab/packet.ts";
import { answerWord, isWord } from "./admin/four-letter-words.ts";
import type { ServerView } from "./admin/view.ts";
import type { ServerSettings } from "./config/settings.ts";
import { openDisk, type Disk } from "./disk/disk.ts";
import { createConnStats } from "./metrics/connection-stats.ts";
import type { LogLine } from "./log/layout.ts";
import type { ServerLog } from "./log/server-log.ts";
import { noteLogSync } from "./metrics/disk-stats.ts";
import { createServerStats, type ServerStats } from "./metrics/stats.ts";
import { noteQuorumPacket } from "./metrics/observations.ts";
import type { Channel, Speech } from "./net/channel.ts";
import { FrameError } from "./net/frames.ts";
import { openClientPorts } from "./net/client-ports.ts";
import { clientSpeech, type ClientHost } from "./net/client-speech.ts";
import { remoteAddress } from "./net/listener.ts";
import { electionSpeech, quorumSpeech } from "./net/peer-speech.ts";
import { peerConnector } from "./net/peers.ts";
import { peerPorts } from "./net/ports.ts";
import { createClock, nowMs } from "./runtime/clock.ts";
import { observer } from "./runtime/observe.ts";
import {
  accepted,
  createRuntime,
  dismiss,
  dispatch,
  resumeLater,
  shutDown,
  start,
  type Runtime,
} from "./runtime/runtime.ts";
import { startServices, type Services } from "./services.ts";
import { viewOf, type ClientCounts, type LearnerCounts } from "./runtime/server-view.ts";

/** A server at work. */
export type RunningServer = {
  /** The exit code, once it has ended. */
  readonly exited: Promise<number>;
  readonly stop: () => Promise<void>;
  /** What its words and metrics are made of. */
  readonly view: ServerView;
};

/** A client that came before its time, and what its certificate proves. */
type EarlyClient = { readonly socket: Socket; readonly proven: readonly Identity[] };

const DATA_FOLDER = "version-2";
/** The real server's code for an error that none of its threads can go on after. */
const UNEXPECTED_ERROR = 1;

/**
 * Starts a server on the sockets and disks of this machine.
 *
 * @throws Error of the system when a client port cannot be had: nothing was touched then
 * @throws ServiceError when what operates it cannot begin
 */
export async function startServer(
  settings: ServerSettings,
  log: ServerLog,
): Promise<RunningServer> {
  let runtime: Runtime | null = null;
  /** Clients that came before the database was in memory; null from then on. */
  let early: EarlyClient[] | null = [];
  const admit = (port: Port, socket: Socket, proven: readonly Identity[]): void => {
    if (socket.destroyed) return;
    if (port === "client" && early !== null) early.push({ socket: socket.pause(), proven });
    else if (runtime !== null) accepted(runtime, port, socket, remoteAddress(socket), proven);
  };
  const clientPorts = await openClientPorts(
    settings,
    (socket, proven) => {
      admit("client", socket, proven);
    },
    (address, error) => {
      const text = `Error reconfiguring client port to ${formatAddress(address)} ${error.message}`;
      log.line({
        level: "ERROR",
        thread: "main",
        source: "NIOServerCnxnFactory@734",
        message: text,
      });
    },
  );

  const clock = createClock();
  const stats = createServerStats(nowMs(clock));
  const tell = (event: ServerEvent): void => {
    if (runtime !== null) dispatch(runtime, event);
  };
  const observing = observer(settings, stats, log);
  const disk = countingDisk(settings, stats, tell, observing.named);
  const admitPeer = (port: Port, socket: Socket): void => {
    admit(port, socket, []);
  };
  const ownAddresses = (port: Port): HostPort[] => {
    const member = runtime === null ? null : ownMember(runtime.server);
    if (member === null) return [];
    if (port === "client") return addressesOf(member.clientAddress);
    return addressesOf(port === "quorum" ? member.quorumAddress : member.electionAddress);
  };
  const ports = peerPorts(settings, ownAddresses, admitPeer, (port, exitCode, reason) => {
    log.line(warning(`Cannot listen at the ${port} port: ${reason}`));
    if (exitCode !== null) finish(exitCode);
  });
  let end: (code: number) => void = () => {};
  const exited = new Promise<number>((resolve) => {
    end = resolve;
  });
  const finish = (code: number): void => {
    if (runtime === null || runtime.over) return;
    shutDown(runtime);
    for (const { socket } of early ?? []) socket.destroy();
    ports.closeAll();
    services?.close();
    clientPorts.close();
    void disk.close().then(() => {
      end(code);
    });
  };

  let services: Services | null = null;
  const clients = new Map<number, ClientCounts>();
  const learners = new Map<number, LearnerCounts>();
  const received = (channel: Channel, message: Message): void => {
    tell({ kind: "received", conn: channel.conn, message });
  };
  const heard = (channel: Channel, message: Message): void => {
    if (channel.port === "quorum") noteQuorumPacket(stats, message as QuorumPacket, Date.now());
    received(channel, message);
  };
  const connectTo = peerConnector();
  const mine = createRuntime(settings.config, clock, {
    disk,
    connect: (_conn, _port, address) => connectTo(address),
    speechOf: (channel, opened) => {
      if (channel.port === "election")
        return electionSpeech(channel, opened, settings.multiAddress, heard);
      if (channel.port === "quorum") {
        return opened
          ? quorumSpeech(channel, opened, heard)
          : learnerSpeech(channel, learners, heard);
      }
      const counts = countsOf(channel, Date.now());
      clients.set(channel.conn, counts);
      const speech = clientSpeech(channel, counts.stats, host);
      return {
        ...speech,
        gone: () => {
          clients.delete(channel.conn);
          speech.gone();
        },
      };
    },
    listen: (port) => {
      if (port !== "client") {
        ports.open(port);
        return;
      }
      if (early === null) {
        for (const address of ownAddresses("client")) clientPorts.move(address);
        return;
      }
      const waiting = early;
      early = null;
      for (const { socket, proven } of waiting) {
        admit("client", socket, proven);
        socket.resume();
      }
    },
    unlisten: (port) => {
      // A client port is left when there is another one to go to.
      if (port !== "client") ports.close(port);
    },
    observe: (effect) => {
      observing.observe(effect, mine);
    },
    fault: (channel, error) => {
      log.line(faultLine(channel, error, settings.bufferMaxBytes));
    },
    broken: (event, error) => {
      log.line(brokenLine(event, error));
      finish(UNEXPECTED_ERROR);
    },
    exited: finish,
  });
  const view = viewOf(mine, settings, stats, clients, learners, observing.lastSnapshot);
  const host: ClientHost = {
    frameMaxBytes: settings.bufferMaxBytes,
    stats,
    nowMs: () => mine.server.nowMs,
    lastZxid: () => mine.server.database?.lastZxid ?? 0n,
    received,
    isWord: (word) => isWord(word >>> 0),
    answerWord: (channel, word, rest) => {
      const counts = clients.get(channel.conn);
      if (counts !== undefined) counts.stats.paused = true;
      void Promise.resolve(answerWord(word >>> 0, view, rest)).then(
        (text) => {
          dismiss(mine, channel, Buffer.from(text));
        },
        (error: unknown) => {
          log.line(warning(`A four-letter word could not be answered: ${String(error)}`));
          dismiss(mine, channel, new Uint8Array(0));
        },
      );
    },
    resumeLater: (channel) => {
      resumeLater(mine, channel);
    },
  };
  runtime = mine;
  try {
    services = await startServices(settings, view, (what, error) => {
      log.line(warning(`${what}: ${error.message}`));
    });
  } catch (error) {
    clientPorts.close();
    throw error;
  }
  start(mine);
  return {
    exited,
    stop: async () => {
      tell({ kind: "stopped" });
      await exited;
    },
    view,
  };
}

/** What no event may do was done: it is said once, with all that is known of it. */
function brokenLine({ kind }: ServerEvent, error: unknown): LogLine {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = `Severe unrecoverable error, at event "${kind}", exiting: ${what}`;
  return { level: "ERROR", thread: "main", source: "Zootrope@1", message };
}

function warning(message: string): LogLine {
  return { level: "WARN", thread: "main", source: "Zootrope@1", message };
}

/** A connection that said what nobody can understand; what is known of it, it suffers alone. */
function faultLine({ port, socket }: Channel, error: Error, maxBytes: number): LogLine {
  const from = `/${remoteAddress(socket)}:${socket.remotePort ?? 0}`;
  const message =
    error instanceof FrameError
      ? `Len error. A message from ${from} with advertised length of ${error.lengthBytes} is either a malformed message or too large to process (length is greater than jute.maxbuffer=${maxBytes})`
      : `A message from ${from} at the ${port} port cannot be understood: ${error.message}`;
  return { level: "WARN", thread: "NIOWorkerThread-1", source: "NIOServerCnxn@373", message };
}

function countsOf(channel: ClientCounts["channel"], establishedWallMs: number): ClientCounts {
  const { socket } = channel;
  const remote = `${remoteAddress(socket)}:${socket.remotePort ?? 0}`;
  return {
    channel,
    remote,
    secure: socket instanceof TLSSocket,
    stats: createConnStats(establishedWallMs),
  };
}

/** As a leader speaks to those who come to its quorum port, counted. */
function learnerSpeech(
  channel: Channel,
  learners: Map<number, LearnerCounts>,
  heard: (channel: Channel, message: Message) => void,
): Speech {
  const remote = `/${remoteAddress(channel.socket)}:${channel.socket.remotePort ?? 0}`;
  const counts = { remote, establishedWallMs: Date.now(), received: 0, sent: 0 };
  learners.set(channel.conn, counts);
  const speech = quorumSpeech(channel, false, (from, message) => {
    counts.received++;
    heard(from, message);
  });
  return {
    ...speech,
    write: (writer, message) => {
      counts.sent++;
      speech.write(writer, message);
    },
    gone: () => {
      learners.delete(channel.conn);
    },
  };
}

/** The disk of a server, whose syncs are counted. */
function countingDisk(
  settings: ServerSettings,
  stats: ServerStats,
  onEvent: (event: ServerEvent) => void,
  named: (file: string) => void,
): Disk {
  let txnCount = 0;
  const disk = openDisk({
    snapDir: join(settings.dataDir, DATA_FOLDER),
    logDir: join(settings.dataLogDir, DATA_FOLDER),
    forceSync: settings.forceSync,
    onEvent,
    onLogSynced: (durationMs) => {
      noteLogSync(stats, txnCount, durationMs, settings.fsyncWarningMs);
      txnCount = 0;
    },
  });
  return {
    perform: (effect) => {
      if (effect.kind === "append") txnCount += effect.txns.length;
      else if (effect.kind === "write") named(effect.file);
      else if (effect.kind === "rename") named(effect.to);
      disk.perform(effect);
    },
    close: disk.close,
  };
}
