import type { Operation } from "../../../core/request/operation.ts";

/** What the clients of one drawn conversation do, one step after the other. Plain data, so that it can be shrunk. */
export type Conversation = { readonly sessionCount: number; readonly steps: readonly Step[] };

/** `session` counts from 0; a session begins with the first step that names it. */
export type Step =
  | { readonly kind: "ask"; readonly session: number; readonly request: Asked }
  /** All in one write; the answers come in order. */
  | { readonly kind: "pipeline"; readonly session: number; readonly requests: readonly Asked[] }
  /** The client breaks its connection. The session stays. */
  | { readonly kind: "cut"; readonly session: number }
  | {
      readonly kind: "attach";
      readonly session: number;
      readonly password: PasswordKind;
      readonly timeoutMs: number;
      readonly readOnly: boolean | null;
      /** Zxids seen since the conversation began; a large one is ahead of every server. */
      readonly seenZxid: number;
    }
  /** A connection of its own that says something else than a ConnectRequest. */
  | { readonly kind: "knock"; readonly bytes: Uint8Array };

export type PasswordKind = "right" | "wrong" | "short" | "null" | "of an unknown session";

export type Asked =
  /** The relativeZxid of a setWatches counts from the beginning of the conversation. */
  | { readonly kind: "op"; readonly xid: number | null; readonly op: Operation }
  /** A header and a body that need not fit it. */
  | {
      readonly kind: "raw";
      readonly xid: number | null;
      readonly type: number;
      readonly body: Uint8Array;
    }
  /** A frame that is not even a request, its length word included. */
  | { readonly kind: "frame"; readonly bytes: Uint8Array };

/** The znode that every conversation happens below. It is made in front of each and removed behind it. */
export const ROOT = "/d";

/** One line for people. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case "ask":
      return `s${step.session} asks ${askedText(step.request)}`;
    case "pipeline":
      return `s${step.session} asks at once ${step.requests.map(askedText).join(" ; ")}`;
    case "cut":
      return `s${step.session} hangs up`;
    case "attach":
      return `s${step.session} attaches ${plainText({ ...step, kind: undefined, session: undefined })}`;
    case "knock":
      return `somebody says ${hex(step.bytes)}`;
  }
}

export function askedText(asked: Asked): string {
  const xid = asked.kind === "frame" || asked.xid === null ? "" : ` as ${asked.xid}`;
  switch (asked.kind) {
    case "op":
      return plainText(asked.op) + xid;
    case "raw":
      return `type ${asked.type} with ${hex(asked.body)}${xid}`;
    case "frame":
      return `frame ${hex(asked.bytes)}`;
  }
}

/** JSON with what JSON has no words for: bytes as text where they are plain ASCII, big integers in decimal. */
export function plainText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    if (part instanceof Uint8Array) return bytesText(part);
    return part;
  });
}

function bytesText(bytes: Uint8Array): string {
  const isPlain = bytes.length < 200 && bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isPlain ? `'${Buffer.from(bytes).toString("latin1")}'` : `0x${hex(bytes)}`;
}

function hex(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 100)).toString("hex");
  return bytes.length > 100 ? `${text}… (${bytes.length} bytes)` : text;
}
