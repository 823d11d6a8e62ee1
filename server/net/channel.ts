import type { Socket } from "node:net";
import type { ServerEvent } from "../../core/event.ts";
import type { ConnId, Message, Port } from "../../core/message.ts";
import type { JuteWriter } from "../../core/wire/jute.ts";

/** How one kind of connection speaks. Plain functions over a record of their own. */
export type Speech = {
  /** Understands what has arrived, message by message. Throws what {@link Channel.fault} is then told. */
  readonly hear: (chunk: Uint8Array) => void;
  readonly write: (writer: JuteWriter, message: Message) => void;
  /** Goes on with what arrived while reading was paused. */
  readonly resume: () => void;
  /** The connection is over. */
  readonly gone: () => void;
};

/** One connection between the core and a socket. */
export type Channel = {
  readonly conn: ConnId;
  readonly port: Port;
  readonly socket: Socket;
  speech: Speech | null;
  /** What waits to be written at the end of the turn. */
  out: JuteWriter | null;
  /**
   * What a client is told once it has read what it was sent before, not encoded yet: a thousand answers of a
   * megabyte each are but references to what the tree holds. Null where nothing waits.
   */
  backlog: Message[] | null;
  /** The core is done with it, or it is gone: nothing more is told about it. */
  closed: boolean;
  /** Closed, but what was said before goes out for a while. */
  lingering: boolean;
  /** A last answer is on its way: it is given even to who has said already that nothing more will come. */
  answering: boolean;
  /** The core asked for it not to be read. */
  paused: boolean;
  /** The other side does not read what it is sent. */
  choked: boolean;
  /** A step of the core that goes on once it does. */
  waiting: Extract<ServerEvent, { kind: "woke" }> | null;
};

/** Bytes that the other side may leave unread before it is choked. */
export const CHOKE_BYTES: number = 1 << 20;
/** Bytes after which a server that lags behind is given up. */
export const UNREAD_MAX_BYTES: number = 512 << 20;
/** Messages that may wait for a client: whoever has more events coming and never reads is given up. */
export const BACKLOG_MAX = 100_000;
/** ms that a closing connection has to take what it was still sent. */
export const LINGER_MS = 5000;

export function createChannel(conn: ConnId, port: Port, socket: Socket): Channel {
  return {
    conn,
    port,
    socket,
    speech: null,
    out: null,
    backlog: null,
    closed: false,
    lingering: false,
    answering: false,
    paused: false,
    choked: false,
    waiting: null,
  };
}

/** Writes `bytes` behind everything before, then hangs up; for good after a while, whether they were taken or not. */
export function hangUp({ socket }: Channel, bytes: Uint8Array | null): void {
  if (socket.connecting) {
    socket.destroy();
    return;
  }
  if (bytes === null) socket.end();
  else socket.end(bytes);
  socket.destroySoon();
  if (socket.writableLength === 0) return;
  const giveUp = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(giveUp));
}
