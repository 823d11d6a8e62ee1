import type { ElectionMessage } from "../../core/election/notification.ts";
import type { Message } from "../../core/message.ts";
import {
  createElectionDecoder,
  feedElection,
  writeHello,
  writeNotification,
} from "../../core/wire/election-codec.ts";
import type { JuteWriter } from "../../core/wire/jute.ts";
import { createPacketDecoder, feed } from "../../core/wire/packet-decoder.ts";
import { writeQuorumPacket } from "../../core/wire/quorum-codec.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import type { Channel, Speech } from "./channel.ts";

/** Hands a message to the core. */
type Received = (channel: Channel, message: Message) => void;

/**
 * How servers speak at election ports. The side that opened the connection introduces itself.
 *
 * @param multiAddress does it say all of its addresses?
 */
export function electionSpeech(
  channel: Channel,
  opened: boolean,
  multiAddress: boolean,
  received: Received,
): Speech {
  const decoder = createElectionDecoder(opened ? "acceptor" : "opener");
  return {
    hear: (chunk) => {
      for (const message of feedElection(decoder, chunk)) {
        if (!channel.closed) received(channel, message);
      }
    },
    write: (writer: JuteWriter, message: Message) => {
      const said = message as ElectionMessage;
      if (said.kind === "hello") writeHello(writer, said, multiAddress);
      else writeNotification(writer, said);
    },
    resume: () => {},
    gone: () => {},
  };
}

/** How a leader and its learner speak: who opened the connection is the learner. */
export function quorumSpeech(channel: Channel, opened: boolean, received: Received): Speech {
  const decoder = createPacketDecoder(opened ? "leader" : "learner");
  return {
    hear: (chunk) => {
      for (const packet of feed(decoder, chunk)) {
        if (!channel.closed) received(channel, packet);
      }
    },
    write: (writer: JuteWriter, message: Message) => {
      writeQuorumPacket(writer, message as QuorumPacket);
    },
    resume: () => {},
    gone: () => {},
  };
}
