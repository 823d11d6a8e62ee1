import { readCapture, type Capture, type CapturedFrame } from "./capture-replay.ts";

/** Where server `sid` of the recorded ensemble listened: quorum, election, clients. Two more never ran. */
const RECORDED_PORTS = (sid: number): readonly number[] => [
  21_110 + sid,
  21_120 + sid,
  21_100 + sid,
];

/** Every time of these recordings begins so: the 21st of November 2026. */
const RECORDED_TIME = "000001a1fe";
const EPOCH_BYTES = 4;
/** Of the zxid in a reply, behind its length and xid. */
const ZXID_AT = 8;

/** What is another in this run: ports of five digits by sid as quorum, election, client, and the leader's epoch. */
export type ThisRun = {
  readonly ports: ReadonlyMap<number, readonly number[]>;
  readonly epoch?: { readonly recorded: number; readonly now: number };
};

/** A conversation with the recorded ensemble as it must go with ours. */
export function ensembleCapture(name: string, { ports, epoch }: ThisRun): Capture {
  const capture = readCapture(name);
  const inHex = new Map<string, string>();
  for (const [sid, own] of ports) {
    for (const [index, port] of RECORDED_PORTS(sid).entries()) {
      inHex.set(asciiHex(port), asciiHex(own[index] ?? port));
    }
  }
  const frames = capture.frames.map((frame) => {
    let { hex } = frame;
    for (const [recorded, now] of inHex) hex = replaceBytes(hex, recorded, now);
    const moved = epoch === undefined ? hex : withEpoch(frame, hex, epoch.recorded, epoch.now);
    return { ...frame, hex: moved, mask: [...(frame.mask ?? []), ...timesIn(hex)] };
  });
  return { ...capture, frames };
}

function asciiHex(port: number): string {
  return Buffer.from(String(port)).toString("hex");
}

/** Replaces at whole bytes only. */
function replaceBytes(hex: string, from: string, to: string): string {
  let at = hex.indexOf(from);
  let replaced = hex;
  while (at >= 0) {
    if (at % 2 === 0) replaced = replaced.slice(0, at) + to + replaced.slice(at + from.length);
    at = hex.indexOf(from, at + 1);
  }
  return replaced;
}

/** Only the header of a reply has a zxid in the conversations of a later epoch. */
function withEpoch({ dir }: CapturedFrame, hex: string, recorded: number, now: number): string {
  const at = 2 * ZXID_AT;
  const text = (epoch: number): string => epoch.toString(16).padStart(2 * EPOCH_BYTES, "0");
  const isReply = dir === "s2c" && hex.startsWith(text(recorded), at);
  return isReply ? hex.slice(0, at) + text(now) + hex.slice(at + 2 * EPOCH_BYTES) : hex;
}

/** The configuration's Stat has a time that the recording has no mask for. */
function timesIn(hex: string): { off: number; len: number; kind: string }[] {
  const found = [];
  for (let at = hex.indexOf(RECORDED_TIME); at >= 0; at = hex.indexOf(RECORDED_TIME, at + 1)) {
    if (at % 2 === 0) found.push({ off: at / 2, len: 8, kind: "time" });
  }
  return found;
}
