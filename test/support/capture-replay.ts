import { readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** A recorded conversation, as `test/golden/captures/README.md` describes it. */
export type Capture = {
  readonly name: string;
  readonly topology: string;
  readonly extraConfig?: readonly string[];
  readonly withoutConfig?: readonly string[];
  readonly systemProperties?: readonly string[];
  readonly zxidsVary?: boolean;
  readonly frames: readonly CapturedFrame[];
};

export type CapturedFrame = {
  readonly dir: "c2s" | "s2c";
  readonly hex: string;
  readonly note?: string;
  readonly conn?: string;
  readonly eof?: boolean;
  readonly omitted?: boolean;
  readonly raw?: boolean;
  readonly mask?: readonly Mask[];
};

type Mask = { readonly off: number; readonly len: number; readonly kind: string };

/** One frame that came out otherwise than recorded. */
export type Difference = {
  readonly index: number;
  readonly note: string;
  readonly expected: string;
  readonly found: string;
};

const FOLDER = new URL("../golden/captures/client/", import.meta.url);
const EOF_TEXT = "(the server hangs up)";
const SILENCE_TEXT = "(nothing)";
/** ms: containers, TTLs and sessions take their time. */
const PATIENCE_MS = 25_000;

export function readCapture(name: string): Capture {
  return JSON.parse(
    readFileSync(fileURLToPath(new URL(`${name}.json`, FOLDER)), "utf8"),
  ) as Capture;
}

/** Where a conversation cannot be said again word for word. */
export type Variation = {
  /** What a client says in place of a recorded frame, after these answers; null where it says the same. */
  readonly say?: (frame: CapturedFrame, answers: readonly string[]) => Uint8Array | null;
  /** Happens ahead of a frame. */
  readonly before?: (frame: CapturedFrame) => Promise<void>;
  /** An answer in hexadecimal without what varies in it beyond its masks. */
  readonly plain?: (hex: string) => string;
};

/**
 * Says again what the recorded clients said, and holds every answer against the recorded one, outside of what varies.
 *
 * @param portOf the client port that a connection goes to, by its label
 * @param learnt what took the place of the recorded session ids and passwords, in hexadecimal; filled here
 */
export async function replay(
  capture: Capture,
  portOf: (conn: string) => number,
  { say = () => null, before, plain = (hex) => hex }: Variation = {},
  learnt: Map<string, Uint8Array> = new Map(),
): Promise<readonly Difference[]> {
  const lines = new Map<string, Line>();
  const answers: string[] = [];
  const differences: Difference[] = [];
  for (const [index, frame] of capture.frames.entries()) {
    if (frame.omitted === true) continue;
    await before?.(frame);
    const label = frame.conn ?? "";
    let line = lines.get(label);
    if (line === undefined) {
      line = await openLine(portOf(label));
      lines.set(label, line);
    }
    if (frame.dir === "c2s") {
      if (frame.eof === true) line.socket.end();
      else line.socket.write(say(frame, answers) ?? substituted(frame, learnt));
      continue;
    }
    const found = await answer(line, frame);
    const expected = frame.eof === true ? EOF_TEXT : frame.hex;
    answers.push(found);
    if (matches(frame, found, learnt) || plain(found) === plain(expected)) continue;
    differences.push({ index, note: frame.note ?? "", expected, found });
    if (found === SILENCE_TEXT || found === EOF_TEXT) break;
  }
  for (const { socket } of lines.values()) socket.destroy();
  return differences;
}

/** One connection and what has arrived on it. */
type Line = {
  readonly socket: Socket;
  bytes: Buffer;
  ended: boolean;
  wake: () => void;
};

function openLine(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({
      host: "127.0.0.1",
      port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const line: Line = { socket, bytes: Buffer.alloc(0), ended: false, wake: () => {} };
    const end = (): void => {
      line.ended = true;
      line.wake();
    };
    socket.on("connect", () => {
      resolve(line);
    });
    socket.on("data", (chunk) => {
      line.bytes = Buffer.concat([line.bytes, chunk]);
      line.wake();
    });
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", (error) => {
      reject(error);
      end();
    });
  });
}

/** The next frame of a line in hexadecimal, or what came instead. */
async function answer(line: Line, { eof, raw, hex }: CapturedFrame): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const length = raw === true ? hex.length / 2 : frameLength(line.bytes);
    if (eof !== true && length !== null && line.bytes.length >= length) {
      const frame = line.bytes.subarray(0, length);
      line.bytes = line.bytes.subarray(length);
      return frame.toString("hex");
    }
    if (line.ended)
      return line.bytes.length > 0 && eof !== true ? line.bytes.toString("hex") : EOF_TEXT;
    if (eof === true && length !== null && line.bytes.length >= length)
      return line.bytes.toString("hex");
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) return SILENCE_TEXT;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      line.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function frameLength(bytes: Buffer): number | null {
  return bytes.length < 4 ? null : 4 + bytes.readInt32BE(0);
}

/** What the client said, with the session ids and passwords of this run. */
export function substituted(
  { hex, mask = [] }: CapturedFrame,
  learnt: Map<string, Uint8Array>,
): Buffer {
  const bytes = Buffer.from(hex, "hex");
  for (const { off, len } of mask) {
    const now = learnt.get(bytes.subarray(off, off + len).toString("hex"));
    if (now !== undefined) bytes.set(now, off);
  }
  return bytes;
}

/** Is it the recorded answer, but for what varies? What varies is learnt. */
export function matches(
  frame: CapturedFrame,
  found: string,
  learnt: Map<string, Uint8Array>,
): boolean {
  if (frame.eof === true) return found === EOF_TEXT;
  if (found.length !== frame.hex.length) return false;
  const expected = Buffer.from(frame.hex, "hex");
  const bytes = Buffer.from(found, "hex");
  for (const { off, len } of frame.mask ?? []) {
    const before = expected.subarray(off, off + len);
    const now = bytes.subarray(off, off + len);
    learnt.set(before.toString("hex"), Buffer.from(now));
    bytes.set(before, off);
  }
  return bytes.equals(expected);
}
