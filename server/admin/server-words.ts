import { formatSessionId } from "../../core/session/session-id.ts";
import { outstandingOf } from "../metrics/connection-stats.ts";
import { metricsOf } from "../metrics/metric-list.ts";
import { averageOf } from "../metrics/summary.ts";
import {
  configurationText,
  establishedClient,
  isReadOnly,
  lastZxid,
  modeOf,
  nodeCount,
  ownMember,
  portOf,
} from "./facts.ts";
import { decimalText, hexText } from "./number-text.ts";
import { operationName } from "./operation-name.ts";
import { versionText } from "./version.ts";
import type { ConnectionView, ServerView } from "./view.ts";

/** `srvr`: the server in ten lines. */
export function serverText(view: ServerView): string {
  return headText(view) + statusText(view);
}

/** `stat`: the same with the connections. */
export function statText(view: ServerView): string {
  const clients = [...view.connections()].map((connection) => `${shortLine(connection)}\n`);
  return `${headText(view)}Clients:\n${clients.join("")}\n${statusText(view)}`;
}

/** `cons`: every connection with all that is counted of it. */
export function connectionsText(view: ServerView): string {
  const lines = [...view.connections()].map((connection) => `${fullLine(view, connection)}\n`);
  return `${lines.join("")}\n`;
}

/** `conf`: what the server was told. */
export async function configText(view: ServerView): Promise<string> {
  const { server, settings } = view;
  const { config } = server;
  const { dataBytes, logBytes } = await view.directorySizes();
  const lines = [
    `clientPort=${settings.clientPort}`,
    `secureClientPort=${settings.secureClientPort}`,
    `dataDir=${settings.dataDir}`,
    `dataDirSize=${dataBytes}`,
    `dataLogDir=${settings.dataLogDir}`,
    `dataLogSize=${logBytes}`,
    `tickTime=${config.tickMs}`,
    `maxClientCnxns=${config.options.connectionsPerAddressMax}`,
    `minSessionTimeout=${config.minSessionTimeoutMs}`,
    `maxSessionTimeout=${config.maxSessionTimeoutMs}`,
    `clientPortListenBacklog=${settings.clientPortListenBacklog}`,
    `serverId=${serverId(view)}`,
  ];
  if (config.standalone) return `${lines.join("\n")}\n`;
  const member = ownMember(server);
  lines.push(
    `initLimit=${config.initLimit}`,
    `syncLimit=${config.syncLimit}`,
    "electionAlg=3",
    `electionPort=${portOf(member?.electionAddress ?? "")}`,
    `quorumPort=${portOf(member?.quorumAddress ?? "")}`,
    `peerType=${member?.role === "observer" ? 1 : 0}`,
  );
  if (isReadOnly(server)) return `${lines.join("\n")}\n`;
  return `${lines.join("\n")}\nmembership: \n${configurationText(server)}`;
}

/** `dirs`. */
export async function directoriesText(view: ServerView): Promise<string> {
  const { dataBytes, logBytes } = await view.directorySizes();
  return `datadir_size: ${dataBytes}\nlogdir_size: ${logBytes}\n`;
}

/** `mntr`. */
export function monitorText(view: ServerView): string {
  const lines = metricsOf(view).map(({ name, value, decimal }) => {
    const text = decimal && typeof value === "number" ? decimalText(value) : String(value);
    return `zk_${name}\t${text}\n`;
  });
  return lines.join("");
}

/** `hash`: the digests of the tree at every 128th zxid. */
export function digestsText({ stats }: ServerView): string {
  return stats.digests.map(({ zxid, digest }) => `${zxid.toString(16)}: ${digest}\n`).join("");
}

/** A standalone server has no number of its own. */
export function serverId({ server }: ServerView): number {
  return server.config.standalone ? 0 : server.sid;
}

/** What a connection waits for, as its selector counts: 1 to read, 4 to write. */
export function interestOps({ stats }: ConnectionView): number {
  return (stats.paused ? 0 : 1) + (stats.flushing ? 4 : 0);
}

function headText({ server }: ServerView): string {
  const readOnly = isReadOnly(server) ? "READ-ONLY mode; serving only read-only clients\n" : "";
  return `Zookeeper version: ${versionText()}\n${readOnly}`;
}

function statusText(view: ServerView): string {
  const { server, stats } = view;
  const { min, max } = stats.latency;
  const lines = [
    `Latency min/avg/max: ${min}/${decimalText(averageOf(stats.latency))}/${max}`,
    `Received: ${stats.packetsReceived}`,
    `Sent: ${stats.packetsSent}`,
    `Connections: ${[...view.connections()].length}`,
    `Outstanding: ${stats.outstandingCount}`,
    `Zxid: ${hexText(lastZxid(server))}`,
    `Mode: ${modeOf(server)}`,
    `Node count: ${nodeCount(server)}`,
  ];
  if (modeOf(server) === "leader") {
    const { last, min, max } = stats.proposals;
    lines.push(`Proposal sizes last/min/max: ${last}/${min}/${max}`);
  }
  return `${lines.join("\n")}\n`;
}

function shortLine(connection: ConnectionView): string {
  return ` ${countsOf(connection)})`;
}

function countsOf(connection: ConnectionView): string {
  const { remote, stats } = connection;
  const ops = interestOps(connection).toString(16);
  const counts = `queued=${outstandingOf(stats)},recved=${stats.received},sent=${stats.sent}`;
  return `/${remote}[${ops}](${counts}`;
}

function fullLine({ server }: ServerView, connection: ConnectionView): string {
  const client = establishedClient(server, connection.conn);
  if (client === null) return shortLine(connection);
  const { stats } = connection;
  const { latency } = stats;
  const parts = [
    countsOf(connection),
    `sid=${formatSessionId(client.sessionId)}`,
    `lop=${operationName(stats.lastType)}`,
    `est=${Math.floor(stats.establishedWallMs)}`,
    `to=${client.timeoutMs}`,
    ...(stats.lastCxid < 0 ? [] : [`lcxid=0x${stats.lastCxid.toString(16)}`]),
    `lzxid=${hexText(stats.lastZxid)}`,
    `lresp=${Math.floor(stats.lastResponseMs)}`,
    `llat=${stats.lastLatencyMs}`,
    `minlat=${latency.min}`,
    `avglat=${Math.floor(averageOf(latency))}`,
    `maxlat=${latency.max}`,
  ];
  return ` ${parts.join(",")})`;
}
