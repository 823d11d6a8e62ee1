import type { Message } from "../../core/message.ts";
import type { ServerToClient } from "../../core/request/operation.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  writeServerToClient,
} from "../../core/wire/client-codec.ts";
import type { JuteWriter } from "../../core/wire/jute.ts";
import type { Channel, Speech } from "./channel.ts";
import { createFrames, nextFrame, peekLength, pushBytes, restOf } from "./frames.ts";

/** What a client connection needs of its server. */
export type ClientHost = {
  readonly frameMaxBytes: number;
  readonly received: (channel: Channel, message: Message) => void;
  /** Is this first length word a four-letter word? If so the connection belongs to it from here on. */
  readonly isWord: (word: number) => boolean;
  readonly answerWord: (channel: Channel, word: number, rest: Uint8Array) => void;
  /** Has {@link Speech.resume} called soon, at the end of the turn. */
  readonly resumeLater: (channel: Channel) => void;
};

/** Bytes that may pile up behind a ConnectRequest before the socket is left alone. */
const HELD_MAX_BYTES = 1 << 16;

/** A ConnectRequest first; what comes behind it waits until the session is agreed on. Then requests. */
type Stage = "first" | "connecting" | "open" | "word";

/** How a client connection speaks: frames of the client protocol, or one four-letter word. */
export function clientSpeech(channel: Channel, host: ClientHost): Speech {
  const frames = createFrames();
  let stage: Stage = "first";

  const understand = (): void => {
    while (!channel.closed && !channel.paused && stage !== "connecting") {
      if (stage === "first") {
        const word = peekLength(frames);
        if (word !== null && host.isWord(word)) {
          stage = "word";
          host.answerWord(channel, word, restOf(frames).subarray(4));
          return;
        }
      }
      const frame = nextFrame(frames, host.frameMaxBytes);
      if (frame === null) return;
      if (stage === "first") {
        stage = "connecting";
        host.received(channel, decodeConnectRequest(frame));
      } else host.received(channel, decodeRequest(frame));
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
      writeServerToClient(writer, message as ServerToClient);
    },
    resume: () => {
      channel.socket.resume();
      understand();
    },
  };
}
