import type { ServerEffect } from "../../core/effect.ts";
import type { HostPort } from "../../core/ensemble/address.ts";
import { configurationOf } from "../../core/ensemble/configuration.ts";
import type { Server } from "../../core/server-state.ts";
import type { ServerSettings } from "../config/settings.ts";
import { describeEffect, peerThread } from "./describe.ts";
import { formatLine, isAtLeast, type LogLevel, type LogLine } from "./layout.ts";

/** The log of one process. A driver shows it effects. */
export type ServerLog = {
  readonly effect: (effect: ServerEffect, server: Server) => void;
  /** A line of the driver's own. */
  readonly line: (line: LogLine) => void;
};

/**
 * @param least lines of a lower level are not written
 * @param write takes whole lines, line break included
 */
export function createServerLog(
  settings: ServerSettings,
  least: LogLevel,
  write: (text: string) => void,
  now: () => Date = () => new Date(),
): ServerLog {
  const { sid, standalone } = settings.config;
  const thread = standalone
    ? "main"
    : peerThread(sid, threadAddress(settings.client), threadAddress(settings.secureClient));
  const startedMs = now().getTime();
  let configText = configurationOf(settings.config).text;

  const line = (line: LogLine): void => {
    if (!isAtLeast(line.level, least)) return;
    write(`${formatLine(line, now(), standalone ? "" : String(sid))}\n`);
  };
  return {
    line,
    effect: (effect, server) => {
      if (isSilent(effect)) return;
      const atMs = now().getTime();
      const said = describeEffect(effect, server, {
        peerThread: thread,
        loadMs: atMs - startedMs,
        configText,
      });
      for (const each of said) line(each);
      if (effect.kind === "configured" && effect.committed) configText = effect.text;
    },
  };
}

/** What comes with every transaction must not cost a look at the clock. */
function isSilent(effect: ServerEffect): boolean {
  if (effect.kind === "delivered") return effect.txn.body.kind !== "createSession";
  return effect.kind === "proposed" || effect.kind === "committed";
}

/** As Java prints an address to listen at: `[0:0:0:0:0:0:0:0]:2181` for any. */
function threadAddress(address: HostPort | null): string | null {
  if (address === null) return null;
  const host = address.host === "0.0.0.0" ? "[0:0:0:0:0:0:0:0]" : address.host;
  return `${host}:${address.port}`;
}
