import type { ConnId } from "../../core/message.ts";
import type { Operation } from "../../core/request/operation.ts";
import { operationType } from "../../core/request/operation-type.ts";
import type { AdminSettings, ConnectionView, ServerView } from "../../server/admin/view.ts";
import {
  createConnStats,
  noteConnectRequest,
  noteConnectResponse,
  noteReceived,
  noteReply,
  noteRequest,
  type ConnStats,
} from "../../server/metrics/connection-stats.ts";
import { noteObservation } from "../../server/metrics/observations.ts";
import { createServerStats } from "../../server/metrics/stats.ts";
import { boot, configOf, type Machine } from "./machine.ts";
import { asks, connects, create } from "./roles.ts";

/** What words, commands and metrics may ask of a machine. A test adds connections to it. */
export type TestView = ServerView & {
  readonly machine: Machine;
  readonly conns: ConnectionView[];
};

const BYTES = { dataBytes: 67_109_337, logBytes: 67_108_880 };

const SETTINGS: AdminSettings = {
  whitelist: ["*"],
  clientPort: 2181,
  staticClient: "",
  secureClientPort: -1,
  clientPortListenBacklog: -1,
  dataDir: "/srv/zk/data/version-2",
  dataLogDir: "/srv/zk/log/version-2",
  initialConfiguration: "tickTime=2000\n",
  properties: new Map([["zookeeper.extendedTypesEnabled", "true"]]),
};

export function viewOf(machine: Machine, settings: Partial<AdminSettings> = {}): TestView {
  const conns: ConnectionView[] = [];
  return {
    machine,
    conns,
    server: machine.server,
    settings: { ...SETTINGS, ...settings },
    stats: createServerStats(0),
    nowMs: () => machine.nowMs,
    wallMs: () => machine.nowMs + machine.server.wallOffsetMs,
    connections: () => conns,
    learners: () => [],
    directorySizes: () => Promise.resolve(BYTES),
    fileDescriptors: () => ({ open: 40, max: 20_000 }),
    lastSnapshot: () => ({ zxid: 0x21n, wallMs: 1_795_285_833_999 }),
    trace: { mask: 306n },
  };
}

/** A standalone server that has just started. */
export function aloneView(settings: Partial<AdminSettings> = {}): TestView {
  return viewOf(boot(configOf(1, { voters: 1, standalone: true, tickMs: 2000 })), settings);
}

/** A client of the machine behind `view`, with a session and with statistics. */
export function joinsView(view: TestView, remote: string): { conn: ConnId; stats: ConnStats } {
  const stats = createConnStats(1_795_267_494_990);
  const atMs = view.machine.nowMs;
  noteReceived(view.stats, stats, 49);
  noteConnectRequest(view.stats, stats, true, atMs);
  const conn = connects(view.machine, remote);
  noteConnectResponse(view.stats, stats, view.server.database?.lastZxid ?? 0n, atMs + 5);
  view.conns.push({ conn, remote, secure: false, stats });
  observe(view);
  return { conn, stats };
}

/** The client asks, and is answered 2 ms later with so many bytes. */
export function asksView(
  view: TestView,
  { conn, stats }: { conn: ConnId; stats: ConnStats },
  xid: number,
  op: Operation,
  lengthBytes = 20,
): void {
  const atMs = view.machine.nowMs;
  noteReceived(view.stats, stats, 30);
  const read = op.kind === "getData" ? op.path : "";
  noteRequest(view.stats, stats, operationType(op), atMs, read);
  asks(view.machine, conn, xid, op);
  const zxid = view.server.database?.lastZxid ?? 0n;
  noteReply(view.stats, stats, xid, zxid, lengthBytes, atMs + 2, 0);
  observe(view);
}

/** One client that has made an ephemeral and watches two ways; the connection of a word comes second. */
export function servedView(): TestView {
  const view = aloneView();
  const client = joinsView(view, "127.0.0.1:44380");
  asksView(view, client, 1, create("/a"));
  asksView(view, client, 2, create("/a/e", 1));
  asksView(view, client, 3, { kind: "getData", path: "/a", watch: true }, 90);
  asksView(view, client, 4, { kind: "getChildren", type: 8, path: "/a", watch: true });
  wordConnection(view, "127.0.0.1:44410");
  return view;
}

export function wordConnection(view: TestView, remote: string): void {
  const stats = createConnStats(1_795_267_499_990);
  noteReceived(view.stats, stats, 4);
  stats.paused = true;
  view.conns.push({ conn: -999, remote, secure: false, stats });
}

/** Counts what the machine said about itself since the last time. */
function observe(view: TestView): void {
  const { machine, stats } = view;
  for (const effect of machine.out.splice(0)) {
    switch (effect.kind) {
      case "proposed":
      case "committed":
      case "delivered":
      case "serving":
      case "became":
      case "syncChosen":
      case "sessionExpired":
      case "recovered":
        noteObservation(stats, machine.server, effect, view.wallMs());
        break;
      default:
        break;
    }
  }
}
