import { resolve } from "node:path";
import { refuse } from "../../core/ensemble/properties.ts";
import {
  isTrue,
  numberOf,
  textOf,
  type SystemProperties,
} from "../../core/ensemble/system-properties.ts";
import type { ZooCfg } from "../../core/ensemble/zoo-cfg.ts";
import type { AdminSettings, MetricsSettings, ServerSettings, TlsSettings } from "./settings.ts";

type ProcessSettings = Omit<
  ServerSettings,
  | "config"
  | "configFile"
  | "dynamicConfigFile"
  | "configVersion"
  | "client"
  | "staticClient"
  | "multiAddress"
  | "notes"
>;

const ANY_HOST = "0.0.0.0";
const BUFFER_MAX_BYTES = 0xf_ffff;

/** What concerns the process around the core: directories, listeners, limits of its own. */
export function processSettings(cfg: ZooCfg, properties: SystemProperties): ProcessSettings {
  const { secureClientPort: securePort } = cfg;
  return {
    dataDir: resolve(cfg.dataDir),
    dataLogDir: resolve(cfg.dataLogDir),
    dataDirAutocreate: isTrue(properties, "zookeeper.datadir.autocreate", true),
    secureClient:
      securePort === null
        ? null
        : { host: cfg.secureClientPortAddress ?? ANY_HOST, port: securePort },
    clientBacklog: cfg.clientPortListenBacklog,
    quorumListenOnAllIPs: cfg.quorumListenOnAllIPs,
    bufferMaxBytes: numberOf(properties, "jute.maxbuffer", BUFFER_MAX_BYTES),
    fourLetterWords: fourLetterWordsOf(properties),
    admin: adminOf(properties),
    metrics: metricsOf(cfg),
    autopurge: { snapRetainCount: cfg.snapRetainCount, intervalHours: cfg.purgeIntervalHours },
    forceSync: textOf(properties, "zookeeper.forceSync") !== "no",
    fsyncWarningMs: numberOf(properties, "zookeeper.fsync.warningthresholdms", 1000),
    tcpKeepAlive: isTrue(properties, "zookeeper.tcpKeepAlive"),
    clientTcpKeepAlive: isTrue(properties, "zookeeper.clientTcpKeepAlive"),
    electionBindRetries: numberOf(properties, "zookeeper.electionPortBindRetry", 3),
    tls: tlsOf(properties),
    properties: new Map([...properties.all].map(([name, { value }]) => [name, value])),
  };
}

/** Those listed, `*` being all; `srvr` always, which zkServer.sh asks, and `isro` where its answer may differ. */
function fourLetterWordsOf(properties: SystemProperties): ReadonlySet<string> | null {
  const listed = textOf(properties, "zookeeper.4lw.commands.whitelist") ?? "";
  const words = new Set(listed.split(",").map((word) => word.trim()));
  if (words.has("*")) return null;
  words.delete("");
  if (isTrue(properties, "readonlymode.enabled")) words.add("isro");
  return words.add("srvr");
}

function adminOf(properties: SystemProperties): AdminSettings {
  return {
    enabled: isTrue(properties, "zookeeper.admin.enableServer", true),
    host: textOf(properties, "zookeeper.admin.serverAddress") ?? ANY_HOST,
    port: numberOf(properties, "zookeeper.admin.serverPort", 8080),
    idleTimeoutMs: numberOf(properties, "zookeeper.admin.idleTimeout", 30_000),
    commandUrl: textOf(properties, "zookeeper.admin.commandURL") ?? "/commands",
  };
}

const METRICS_CLASSES: ReadonlySet<string> = new Set([
  "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
  "org.apache.zookeeper.metrics.impl.NullMetricsProvider",
  "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider",
]);

function metricsOf({ metrics, settings }: ZooCfg): MetricsSettings {
  const named = settings.get("metricsProvider.className");
  if (named !== undefined && !METRICS_CLASSES.has(named.value)) {
    refuse(
      named,
      `one of ${[...METRICS_CLASSES].join(", ")} (metrics provider class was not found)`,
    );
  }
  const port = settings.get("metricsProvider.httpPort");
  if (port !== undefined && !/^\d{1,5}$/.test(port.value)) refuse(port, "a port");
  return {
    className: named?.value ?? "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider",
    httpHost: metrics.get("httpHost") ?? ANY_HOST,
    httpPort: Number(port?.value ?? 7000),
    exportJvmInfo: metrics.get("exportJvmInfo") !== "false",
  };
}

function tlsOf(properties: SystemProperties): TlsSettings {
  const text = (name: string): string | null => textOf(properties, `zookeeper.ssl.${name}`);
  const clientAuth = text("clientAuth");
  return {
    keyStore: text("keyStore.location"),
    keyStorePassword: text("keyStore.password"),
    trustStore: text("trustStore.location"),
    trustStorePassword: text("trustStore.password"),
    clientAuth: clientAuth === "none" || clientAuth === "want" ? clientAuth : "need",
    portUnification: isTrue(properties, "zookeeper.client.portUnification"),
  };
}
