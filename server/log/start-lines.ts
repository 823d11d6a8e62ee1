import type { ServerSettings } from "../config/settings.ts";
import type { LogLine } from "./layout.ts";

/** What a server says of its settings before it starts. */
export function startLines(settings: ServerSettings): LogLine[] {
  const { config } = settings;
  const lines = [
    info("QuorumPeerConfig@177", `Reading configuration from: ${settings.configFile}`),
    ...addressLines(settings),
  ];
  for (const { file, line, what } of settings.notes) {
    const place = line === 0 ? file : `${file}:${line}`;
    lines.push({ ...info("QuorumPeerConfig@774", `${what} (${place})`), level: "WARN" });
  }
  if (config.standalone) {
    const what = "Either no config or no quorum defined in config, running in standalone mode";
    lines.push({ ...info("QuorumPeerMain@139", what), level: "WARN" });
  } else {
    lines.push(info("QuorumPeerMain@152", `Starting quorum peer, myid=${config.sid}`));
    lines.push(info("QuorumPeer@1742", `tickTime set to ${config.tickMs}`));
    lines.push(info("QuorumPeer@1822", `initLimit set to ${config.initLimit}`));
    lines.push(info("QuorumPeer@2009", `syncLimit set to ${config.syncLimit}`));
  }
  lines.push(info("ZKDatabase@132", `zookeeper.snapshotSizeFactor = ${config.snapshotSizeFactor}`));
  lines.push(info("ZKDatabase@152", `zookeeper.commitLogCount=${config.commitLogCount}`));
  return lines;
}

function addressLines({ client, secureClient }: ServerSettings): LogLine[] {
  return [
    client === null
      ? info("QuorumPeerConfig@431", "clientPort is not set")
      : info("QuorumPeerConfig@440", `clientPortAddress is ${client.host}:${client.port}`),
    secureClient === null
      ? info("QuorumPeerConfig@444", "secureClientPort is not set")
      : info(
          "QuorumPeerConfig@453",
          `secureClientPortAddress is ${secureClient.host}:${secureClient.port}`,
        ),
  ];
}

function info(source: string, message: string): LogLine {
  return { level: "INFO", thread: "main", source, message };
}
