import { readdirSync, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatAddress } from "../../core/ensemble/address.ts";
import type {
  AdminSettings,
  ConnectionView,
  LearnerView,
  ServerView,
  SnapshotInfo,
} from "../admin/view.ts";
import type { ServerSettings } from "../config/settings.ts";
import type { Channel } from "../net/channel.ts";
import type { ConnStats } from "../metrics/connection-stats.ts";
import type { ServerStats } from "../metrics/stats.ts";
import { nowMs } from "./clock.ts";
import type { Runtime } from "./runtime.ts";

/** What a client connection counts, beside its channel. */
export type ClientCounts = {
  readonly channel: Channel;
  readonly remote: string;
  readonly secure: boolean;
  readonly stats: ConnStats;
};

/** What a connection at the quorum port counts. */
export type LearnerCounts = {
  readonly remote: string;
  readonly establishedWallMs: number;
  received: number;
  sent: number;
};

/** A running server as its words, commands and metrics see it. */
export function viewOf(
  runtime: Runtime,
  settings: ServerSettings,
  stats: ServerStats,
  clients: ReadonlyMap<number, ClientCounts>,
  learners: ReadonlyMap<number, LearnerCounts>,
  lastSnapshot: () => SnapshotInfo | null,
): ServerView {
  const admin = adminSettings(settings);
  return {
    server: runtime.server,
    settings: admin,
    stats,
    nowMs: () => nowMs(runtime.clock),
    wallMs: () => Date.now(),
    connections: () => connectionsOf(clients),
    learners: () => learnersOf(runtime, learners),
    directorySizes: async () => ({
      dataBytes: await sizeOf(admin.dataDir),
      logBytes: await sizeOf(admin.dataLogDir),
    }),
    fileDescriptors,
    lastSnapshot,
    trace: { mask: TRACE_MASK },
  };
}

/** What `gtmk` shows as long as nobody has set anything else. */
const TRACE_MASK = 306n;
const DATA_FOLDER = "version-2";

function adminSettings(settings: ServerSettings): AdminSettings {
  const { fourLetterWords, client, staticClient, secureClient, configFile, properties } = settings;
  return {
    whitelist: fourLetterWords === null ? ["*"] : [...fourLetterWords],
    clientPort: client?.port ?? -1,
    staticClient: staticClient === null ? "" : formatAddress(staticClient),
    secureClientPort: secureClient?.port ?? -1,
    clientPortListenBacklog: settings.clientBacklog,
    dataDir: join(settings.dataDir, DATA_FOLDER),
    dataLogDir: join(settings.dataLogDir, DATA_FOLDER),
    initialConfiguration: textOf(configFile),
    properties,
  };
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** The connections at the quorum port whose learners this server leads. */
function* learnersOf(
  { server }: Runtime,
  learners: ReadonlyMap<number, LearnerCounts>,
): Iterable<LearnerView> {
  for (const [conn, counts] of learners) {
    if (server.leader?.handlers.has(conn) === true) yield { conn, ...counts };
  }
}

function* connectionsOf(clients: ReadonlyMap<number, ClientCounts>): Iterable<ConnectionView> {
  for (const [conn, { channel, remote, secure, stats }] of clients) {
    stats.flushing = channel.socket.writableLength > 0;
    stats.paused ||= channel.paused || channel.choked;
    yield { conn, remote, secure, stats };
  }
}

/** Bytes of the files of a directory; what vanishes meanwhile counts nothing. */
async function sizeOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir).catch(() => [])) {
    bytes += (await stat(join(dir, name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

/** Linux says both; elsewhere they are 0. */
function fileDescriptors(): { readonly open: number; readonly max: number } {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const max = /^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1];
    return { open: readdirSync("/proc/self/fd").length, max: Number(max ?? 0) };
  } catch {
    return { open: 0, max: 0 };
  }
}
