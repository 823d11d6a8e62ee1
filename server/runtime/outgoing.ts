import type { Message } from "../../core/message.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import { BACKLOG_MAX, CHOKE_BYTES, UNREAD_MAX_BYTES, type Channel } from "../net/channel.ts";

/** What goes out at the end of a turn. */
export type Outgoing = {
  /** Channels with something to write. */
  readonly dirty: Channel[];
  /** Room to write into, for whoever needs it next. */
  readonly writers: JuteWriter[];
};

/** A writer that has grown beyond this is not kept. */
const WRITER_KEPT_BYTES = 1 << 18;
const WRITERS_KEPT = 64;

export function createOutgoing(): Outgoing {
  return { dirty: [], writers: [] };
}

/**
 * Says something at the end of the turn. To a client that does not read, or is sent more than can be meant for one
 * turn, it is said later: no more than {@link CHOKE_BYTES} and a message are in memory for it, and it is not listened to.
 */
export function say(outgoing: Outgoing, channel: Channel, message: Message): void {
  if (channel.backlog !== null) {
    // Looked at once more, to be given up.
    if (channel.backlog.push(message) === BACKLOG_MAX) outgoing.dirty.push(channel);
  } else if (channel.port === "client" && isFull(channel)) {
    channel.backlog = [message];
    channel.socket.pause();
  } else encode(outgoing, channel, message);
}

/**
 * Writes what there is to write to a channel.
 *
 * @returns `tooMuch` for one that has left too much unread: it is given up
 */
export function flush(outgoing: Outgoing, channel: Channel): "written" | "tooMuch" {
  if (channel.closed && !channel.lingering) {
    takeBytes(outgoing, channel);
    return "written";
  }
  if (!channel.choked) catchUp(outgoing, channel);
  const bytes = takeBytes(outgoing, channel);
  const { socket, port } = channel;
  if (bytes !== null) socket.write(bytes);
  const unreadBytes = socket.writableLength;
  if (unreadBytes > CHOKE_BYTES) {
    channel.choked = true;
    // Who does not read is not listened to; but an ensemble lives on what its members say.
    if (port === "client") socket.pause();
  }
  if (channel.backlog === null) return unreadBytes > UNREAD_MAX_BYTES ? "tooMuch" : "written";
  if (!channel.choked) outgoing.dirty.push(channel);
  return channel.backlog.length >= BACKLOG_MAX ? "tooMuch" : "written";
}

/** What waits to be written, as a copy that the socket may keep. */
export function takeBytes(outgoing: Outgoing, channel: Channel): Uint8Array | null {
  const writer = channel.out;
  if (writer === null) return null;
  channel.out = null;
  const bytes = Buffer.from(writer.peek());
  if (bytes.length <= WRITER_KEPT_BYTES && outgoing.writers.length < WRITERS_KEPT) {
    writer.reset();
    outgoing.writers.push(writer);
  }
  return bytes;
}

/** Goes on with what had to wait, as far as it goes in one turn. */
function catchUp(outgoing: Outgoing, channel: Channel): void {
  const { backlog } = channel;
  if (backlog === null) return;
  channel.out ??= takeWriter(outgoing);
  let said = 0;
  while (said < backlog.length && !isFull(channel)) {
    encode(outgoing, channel, backlog[said++] as Message);
  }
  if (said === backlog.length) channel.backlog = null;
  else backlog.splice(0, said);
}

function encode(outgoing: Outgoing, channel: Channel, message: Message): void {
  if (channel.speech === null) return;
  if (channel.out === null) {
    channel.out = takeWriter(outgoing);
    outgoing.dirty.push(channel);
  }
  channel.speech.write(channel.out, message);
}

function takeWriter({ writers }: Outgoing): JuteWriter {
  return writers.pop() ?? new JuteWriter(1024);
}

function isFull({ choked, out }: Channel): boolean {
  return choked || (out !== null && out.length > CHOKE_BYTES);
}
