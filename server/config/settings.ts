import type { ServerConfig } from "../../core/config.ts";
import type { ConfigNote } from "../../core/ensemble/config-problem.ts";
import type { HostPort } from "../../core/ensemble/address.ts";

/** All that one server process is told: by its zoo.cfg, the files beside it, and the command line. Frozen. */
export type ServerSettings = {
  /** What the core is told. */
  readonly config: ServerConfig;
  /** Absolute; where a reconfiguration is written down. */
  readonly configFile: string;
  /** The file of membership in force, absolute, or null: the zoo.cfg itself says who is a member. */
  readonly dynamicConfigFile: string | null;
  /** The zxid of the reconfiguration that the membership stands for; 0 of the first one. */
  readonly configVersion: bigint;
  /** Absolute; `version-2/` is below. Snapshots, epoch files, myid. */
  readonly dataDir: string;
  /** Absolute; `version-2/` with the logs is below, and the marker `initialize`. */
  readonly dataLogDir: string;
  /** Missing directories are made. */
  readonly dataDirAutocreate: boolean;
  /** Where clients are listened to; null: not at all. */
  readonly client: HostPort | null;
  readonly secureClient: HostPort | null;
  /** Connections that wait to be accepted; −1 is the system's number. */
  readonly clientBacklog: number;
  /** Where clients are listened to by a clientPort of the zoo.cfg, which no configuration knows of; else null. */
  readonly staticClient: HostPort | null;
  /** Servers tell one another all their addresses (`multiAddress.enabled`). */
  readonly multiAddress: boolean;
  readonly quorumListenOnAllIPs: boolean;
  /** Bytes of a frame, a string or a buffer (`jute.maxbuffer`). */
  readonly bufferMaxBytes: number;
  /** Four-letter words that are answered; null: all of them. */
  readonly fourLetterWords: ReadonlySet<string> | null;
  readonly admin: AdminSettings;
  readonly metrics: MetricsSettings;
  readonly autopurge: { readonly snapRetainCount: number; readonly intervalHours: number };
  /** Flush the log before acknowledging (`forceSync`). */
  readonly forceSync: boolean;
  /** ms a flush may take before it is worth a warning. */
  readonly fsyncWarningMs: number;
  readonly tcpKeepAlive: boolean;
  readonly clientTcpKeepAlive: boolean;
  /** Tries to listen at the election port; 0 never gives up. */
  readonly electionBindRetries: number;
  readonly tls: TlsSettings;
  /** Every system property, whole names; for what has no field here. */
  readonly properties: ReadonlyMap<string, string>;
  /** Worth a line of the log each. */
  readonly notes: readonly ConfigNote[];
};

export type AdminSettings = {
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  readonly idleTimeoutMs: number;
  /** `/commands` */
  readonly commandUrl: string;
};

export type MetricsSettings = {
  readonly className: string;
  /** Of the Prometheus provider. */
  readonly httpHost: string;
  readonly httpPort: number;
  readonly exportJvmInfo: boolean;
};

/** `zookeeper.ssl.*` of the client port; null where nothing was said. */
export type TlsSettings = {
  readonly keyStore: string | null;
  readonly keyStorePassword: string | null;
  readonly trustStore: string | null;
  readonly trustStorePassword: string | null;
  /** Must a client show a certificate? */
  readonly clientAuth: "need" | "want" | "none";
  /** The plain client port takes TLS too (`client.portUnification`). */
  readonly portUnification: boolean;
};
