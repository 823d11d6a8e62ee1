import { DEFAULT_OPTIONS, type ServerOptions } from "../../core/options.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ConnId } from "../../core/message.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  writeServerToClient,
} from "../../core/wire/client-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import {
  matches,
  substituted,
  type Capture,
  type CapturedFrame,
  type Difference,
} from "./capture-replay.ts";
import { toHex } from "./captures.ts";
import { accept, boot, configOf, forget, pass, tell, receive, type Machine } from "./machine.ts";

/**
 * Plays the clients of a capture against one standalone server in a world of its own, where time passes only
 * while a recorded answer is awaited.
 */

const EOF_TEXT = "(the server hangs up)";
const SILENCE_TEXT = "(nothing)";
/** Of virtual time: containers, TTLs and sessions take theirs. */
const PATIENCE_MS = 60_000;
const STEP_MS = 100;

/** The recorded servers' own options, which README.md of the captures names. A capture names its own on top. */
const RECORDED_OPTIONS: ServerOptions = {
  ...DEFAULT_OPTIONS,
  extendedTypes: true,
  reconfigEnabled: true,
  superDigest: "super:lK75jTNcA+U9vtVEw5vB51mj/w4=",
  containerCheckMs: 1000,
};

/** One connection: what the server has sent on it and nobody has looked at. */
type Line = { readonly conn: ConnId; connected: boolean; ended: boolean; readonly sent: string[] };

/** Every frame that came out otherwise than recorded; after silence or a hang-up there are no more. */
export function play(capture: Capture): readonly Difference[] {
  const machine = recordedServer(capture);
  const lines = new Map<string, Line>();
  const learnt = new Map<string, Uint8Array>();
  const differences: Difference[] = [];
  for (const [index, frame] of capture.frames.entries()) {
    if (frame.omitted === true) continue;
    const label = frame.conn ?? "";
    const line = lines.get(label) ?? openLine(machine);
    lines.set(label, line);
    if (frame.dir === "c2s") {
      say(machine, line, frame, learnt);
      hear(machine, lines);
      continue;
    }
    const found = answer(machine, lines, line);
    if (matches(frame, found, learnt)) continue;
    const expected = frame.eof === true ? EOF_TEXT : frame.hex;
    differences.push({ index, note: frame.note ?? "", expected, found });
    if (found === SILENCE_TEXT || found === EOF_TEXT) break;
  }
  return differences;
}

function recordedServer({ systemProperties = [], withoutConfig = [] }: Capture): Machine {
  const options: ServerOptions = {
    ...RECORDED_OPTIONS,
    extendedTypes: !withoutConfig.includes("extendedTypesEnabled"),
    reconfigEnabled: !withoutConfig.includes("reconfigEnabled"),
    requiredSchemes: systemProperties.includes("zookeeper.sessionRequireClientSASLAuth=true")
      ? ["sasl"]
      : [],
    enforceQuota: systemProperties.includes("-Dzookeeper.enforceQuota=true"),
  };
  return boot(
    configOf(1, {
      voters: 1,
      standalone: true,
      tickMs: 2000,
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40_000,
      options,
    }),
  );
}

function openLine(machine: Machine): Line {
  const conn = accept(machine, "client", "127.0.0.1");
  return { conn, connected: false, ended: false, sent: [] };
}

/** One write of a client may hold several frames. */
function say(
  machine: Machine,
  line: Line,
  frame: CapturedFrame,
  learnt: Map<string, Uint8Array>,
): void {
  if (frame.eof === true) {
    tell(machine, { kind: "disconnected", conn: line.conn });
    return;
  }
  const bytes = new Uint8Array(substituted(frame, learnt));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + view.getInt32(at);
    const payload = bytes.slice(at + 4, end);
    const message = line.connected ? decodeRequest(payload) : decodeConnectRequest(payload);
    line.connected = true;
    receive(machine, line.conn, message);
    at = end;
  }
}

/** The next thing that comes over a line, in hexadecimal. */
function answer(machine: Machine, lines: ReadonlyMap<string, Line>, line: Line): string {
  for (let waitedMs = 0; ; waitedMs += STEP_MS) {
    hear(machine, lines);
    const sent = line.sent.shift();
    if (sent !== undefined) return sent;
    if (line.ended) return EOF_TEXT;
    if (waitedMs >= PATIENCE_MS) return SILENCE_TEXT;
    pass(machine, STEP_MS);
  }
}

function hear(machine: Machine, lines: ReadonlyMap<string, Line>): void {
  for (const effect of machine.out) {
    for (const line of lines.values()) noteEffect(line, effect);
  }
  forget(machine);
}

function noteEffect(line: Line, effect: ServerEffect): void {
  if (effect.kind === "close" && effect.conn === line.conn) line.ended = true;
  if (effect.kind !== "send" || effect.conn !== line.conn) return;
  const writer = new JuteWriter();
  writeServerToClient(writer, effect.message as Parameters<typeof writeServerToClient>[1]);
  line.sent.push(toHex(writer.toBytes()));
}
