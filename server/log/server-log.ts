import type { ServerEffect } from "../../core/effect.ts";
import type { ServerState } from "../../core/election/notification.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { HostPort } from "../../core/ensemble/address.ts";
import type { Server } from "../../core/server-state.ts";
import type { ServerSettings } from "../config/settings.ts";
import { describeEffect, peerThread } from "./describe.ts";
import { describePacket } from "./describe-packet.ts";
import { formatLine, isAtLeast, type LogLevel, type LogLine } from "./layout.ts";

/** The log of one process. A driver shows it events before their step, and effects after it. */
export type ServerLog = {
  readonly event: (event: ServerEvent, server: Server) => void;
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
  let electionStartedMs = startedMs;
  let previous: ServerState = "LOOKING";

  const line = (line: LogLine): void => {
    if (!isAtLeast(line.level, least)) return;
    write(`${formatLine(line, now(), standalone ? "" : String(sid))}\n`);
  };
  return {
    line,
    event: (event, server) => {
      if (event.kind !== "received") return;
      const said = describePacket(event, server, thread);
      if (said !== null) line(said);
    },
    effect: (effect, server) => {
      if (isSilent(effect)) return;
      const atMs = now().getTime();
      const said = describeEffect(effect, server, {
        peerThread: thread,
        loadMs: atMs - startedMs,
        electionMs: atMs - electionStartedMs,
        previous,
      });
      for (const each of said) line(each);
      if (effect.kind !== "became") return;
      if (effect.state === "LOOKING") electionStartedMs = atMs;
      previous = effect.state;
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
