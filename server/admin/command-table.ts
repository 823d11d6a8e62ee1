import { environment } from "./environment.ts";
import { isReadOnly } from "./facts.ts";
import { jsonObject, type Json } from "./json-text.ts";
import {
  dumpEntries,
  leaderEntries,
  observerEntries,
  votingViewEntries,
  watchesByPathEntries,
  watchesBySessionEntries,
  watchSummaryEntries,
  zabEntries,
} from "./ensemble-commands.ts";
import { resetConnections, resetServer } from "./reset.ts";
import {
  configurationEntries,
  connectionEntries,
  directoryEntries,
  lastSnapshotEntries,
  monitorEntries,
  serverStatsEntries,
  statsEntries,
} from "./server-commands.ts";
import { systemProperties } from "./system-properties.ts";
import type { ServerView } from "./view.ts";

/** What a command answers, without `command`; without an `error` among them it went well. */
export type Entries = readonly (readonly [string, Json])[];

export type Command = {
  /** The first is the one that it is listed and answered under. */
  readonly names: readonly [string, ...string[]];
  /** Can it be answered while nobody is served? */
  readonly always: boolean;
  readonly run: (view: ServerView, query: URLSearchParams) => Entries | Promise<Entries>;
};

/**
 * The commands of the AdminServer.
 * @see spec client-protocol 11.3; ZooKeeper, server/admin/Commands.java
 */
export const COMMANDS: readonly Command[] = [
  serving(["configuration", "conf", "config"], configurationEntries),
  serving(["connection_stat_reset", "crst"], (view) => {
    resetConnections(view);
    return [];
  }),
  serving(["connections", "cons"], connectionEntries),
  serving(["dirs"], directoryEntries),
  serving(["dump"], dumpEntries),
  always(["environment", "env", "envi"], () => environment()),
  always(["get_trace_mask", "gtmk"], ({ trace }) => [["tracemask", trace.mask]]),
  serving(["hash"], ({ stats }) => [
    [
      "digests",
      stats.digests.map(({ zxid, digest }) =>
        jsonObject([
          ["zxid", zxid],
          ["digest", digest],
          ["digest_version", 2],
        ]),
      ),
    ],
  ]),
  serving(["initial_configuration", "icfg"], ({ settings }) => [
    ["initial_configuration", settings.initialConfiguration],
  ]),
  serving(["is_read_only", "isro"], ({ server }) => [["read_only", isReadOnly(server)]]),
  serving(["last_snapshot", "lsnp"], lastSnapshotEntries),
  serving(["leader", "lead"], leaderEntries),
  serving(["monitor", "mntr"], monitorEntries),
  // Followers do not serve observers here, so no observer's connection counts anything to be reset.
  serving(["observer_connection_stat_reset", "orst"], () => []),
  serving(["observers", "obsr"], observerEntries),
  serving(["ruok"], () => []),
  serving(["server_stats", "srvr"], serverStatsEntries),
  always(["set_trace_mask", "stmk"], setTraceMask),
  serving(["stat_reset", "srst"], (view) => {
    resetServer(view);
    return [];
  }),
  serving(["stats", "stat"], statsEntries),
  always(["system_properties", "sysp"], systemProperties),
  serving(["voting_view"], votingViewEntries),
  serving(["watch_summary", "wchs"], watchSummaryEntries),
  serving(["watches", "wchc"], watchesBySessionEntries),
  serving(["watches_by_path", "wchp"], watchesByPathEntries),
  always(["zabstate"], zabEntries),
];

function serving(names: Command["names"], run: Command["run"]): Command {
  return { names, always: false, run };
}

function always(names: Command["names"], run: Command["run"]): Command {
  return { names, always: true, run };
}

function setTraceMask({ trace }: ServerView, query: URLSearchParams): Entries {
  const text = query.get("traceMask");
  if (text === null) return [["error", "setTraceMask requires long traceMask argument"]];
  if (!/^[+-]?\d{1,19}$/.test(text)) {
    return [["error", `setTraceMask requires long traceMask argument, got ${text}`]];
  }
  trace.mask = BigInt.asIntN(64, BigInt(text.replace("+", "")));
  return [["tracemask", trace.mask]];
}
