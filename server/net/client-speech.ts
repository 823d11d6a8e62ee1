import type { Message } from "../../core/message.ts";
import { operationType } from "../../core/request/operation-type.ts";
import type {
  ConnectRequest,
  Operation,
  Request,
  Result,
  ServerToClient,
} from "../../core/request/operation.ts";
import { NO_SESSION } from "../../core/session/session-id.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  writeServerToClient,
} from "../../core/wire/client-codec.ts";
import type { JuteWriter } from "../../core/wire/jute.ts";
import {
  noteClosed,
  noteConnectRequest,
  noteConnectResponse,
  noteReceived,
  noteReply,
  noteRequest,
  noteSent,
  noteWatchEvent,
  type ConnStats,
} from "../metrics/connection-stats.ts";
import type { ServerStats } from "../metrics/stats.ts";
import type { Channel, Speech } from "./channel.ts";
import { createFrames, nextFrame, peekLength, pushBytes, restOf } from "./frames.ts";

/** What a client connection needs of its server. */
export type ClientHost = {
  readonly frameMaxBytes: number;
  readonly stats: ServerStats;
  /** Monotonic ms, as of the present event. */
  readonly nowMs: () => number;
  /** The last transaction applied here. */
  readonly lastZxid: () => bigint;
  readonly received: (channel: Channel, message: Message) => void;
  /** Is this first length word a four-letter word? If so the connection belongs to it from here on. */
  readonly isWord: (word: number) => boolean;
  readonly answerWord: (channel: Channel, word: number, rest: Uint8Array) => void;
  /** Has {@link Speech.resume} called soon, at the end of the turn. */
  readonly resumeLater: (channel: Channel) => void;
};

/** A ConnectRequest first; what comes behind it waits until the session is agreed on. Then requests. */
type Stage = "first" | "connecting" | "open" | "word";

/** Bytes that may pile up behind a ConnectRequest before the socket is left alone. */
const HELD_MAX_BYTES = 1 << 16;
const LENGTH_BYTES = 4;

/** How a client connection speaks: frames of the client protocol, or one four-letter word. */
export function clientSpeech(channel: Channel, own: ConnStats, host: ClientHost): Speech {
  const { stats } = host;
  const frames = createFrames();
  let stage: Stage = "first";

  const understand = (): void => {
    while (isHeard(channel) && stage !== "connecting") {
      if (stage === "first") {
        const word = peekLength(frames);
        if (word !== null && host.isWord(word)) {
          stage = "word";
          channel.answering = true;
          noteReceived(stats, own, LENGTH_BYTES);
          host.answerWord(channel, word, restOf(frames).slice(LENGTH_BYTES));
          return;
        }
      }
      const frame = nextFrame(frames, host.frameMaxBytes);
      if (frame === null) return;
      noteReceived(stats, own, frame.length + LENGTH_BYTES);
      if (stage === "first") {
        stage = "connecting";
        connect(decodeConnectRequest(frame));
      } else request(decodeRequest(frame));
    }
  };

  const connect = (message: ConnectRequest): void => {
    noteConnectRequest(stats, own, message.sessionId === NO_SESSION, host.nowMs());
    host.received(channel, message);
  };

  const request = (message: Request): void => {
    const { op } = message;
    if (op.kind !== "auth" && op.kind !== "sasl") {
      noteRequest(stats, own, operationType(op), host.nowMs(), pathRead(op));
    }
    host.received(channel, message);
  };

  const note = (message: ServerToClient, lengthBytes: number): void => {
    switch (message.kind) {
      case "reply":
        if (message.zxid > 0n || message.err === 0) {
          const dataBytes = bytesRead(message.result);
          noteReply(stats, own, message.xid, message.zxid, lengthBytes, host.nowMs(), dataBytes);
        } else noteSent(stats, own);
        break;
      case "watchEvent":
        noteWatchEvent(stats, own, message.type, message.path, lengthBytes);
        break;
      case "connectResponse":
        noteConnectResponse(stats, own, host.lastZxid(), host.nowMs());
        break;
    }
  };

  return {
    hear: (chunk) => {
      if (stage === "word") return;
      pushBytes(frames, chunk);
      understand();
      if (stage === "connecting" && frames.end - frames.at > HELD_MAX_BYTES) channel.socket.pause();
    },
    write: (writer: JuteWriter, message: Message) => {
      if (stage === "connecting") {
        stage = "open";
        host.resumeLater(channel);
      }
      const before = writer.length;
      writeServerToClient(writer, message as ServerToClient);
      note(message as ServerToClient, writer.length - before - LENGTH_BYTES);
    },
    resume: () => {
      channel.socket.resume();
      understand();
    },
    gone: () => {
      noteClosed(stats, own);
    },
  };
}

/** The znode that a request reads, if it reads one. */
function pathRead(op: Operation): string {
  switch (op.kind) {
    case "getData":
    case "exists":
    case "getChildren":
      return op.path;
    default:
      return "";
  }
}

/** Bytes of data, or of names of children; 0 of a Stat alone, −1 of anything else. */
function bytesRead(result: Result | null): number {
  switch (result?.kind) {
    case "data":
      return result.data?.length ?? 0;
    case "stat":
      return 0;
    case "children":
      return result.children.reduce((sum, { length }) => sum + length, 0);
    default:
      return -1;
  }
}

/** Is it the client's turn? Not while it has not read what it asked for before. */
function isHeard({ closed, paused, choked, backlog }: Channel): boolean {
  return !closed && !paused && !choked && backlog === null;
}
