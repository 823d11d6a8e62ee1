import { expect, test } from "vitest";
import { concatBytes } from "../../core/bytes.ts";
import type { ElectionMessage } from "../../core/election/notification.ts";
import {
  createElectionDecoder,
  feedElection,
  writeHello,
  writeNotification,
} from "../../core/wire/election-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import { createPacketDecoder, feed } from "../../core/wire/packet-decoder.ts";
import { writeQuorumPacket } from "../../core/wire/quorum-codec.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { quorumStreams, toHex, type OneWay } from "../support/captures.ts";

const streams = quorumStreams();
const named = (port: OneWay["port"]): [string, OneWay][] =>
  streams.filter((stream) => stream.port === port).map((stream) => [stream.name, stream]);

test.each(named("quorum"))("%s: every packet is read and written back byte for byte", (_, stream) => {
  const decoder = createPacketDecoder(senderOf(stream));

  const differing = stream.frames.flatMap(({ bytes }) => {
    const written = bytesOf(feed(decoder, bytes));
    return toHex(written) === toHex(bytes) ? [] : [`${toHex(bytes)} -> ${toHex(written)}`];
  });

  expect(differing).toEqual([]);
});

test.each([1, 13, 1000])("streams cut into pieces of %i bytes bring the same packets", (size) => {
  const differing: string[] = [];
  for (const [name, stream] of named("quorum")) {
    const decoder = createPacketDecoder(senderOf(stream));
    const whole = concatBytes(stream.frames.map(({ bytes }) => bytes));
    const packets: QuorumPacket[] = [];
    for (let at = 0; at < whole.length; at += size) {
      packets.push(...feed(decoder, whole.subarray(at, at + size)));
    }
    if (toHex(bytesOf(packets)) !== toHex(whole) || decoder.held.length > 0) differing.push(name);
  }

  expect(differing).toEqual([]);
});

test.each(named("election"))("%s: every message is read and written back byte for byte", (_, stream) => {
  const decoder = createElectionDecoder(stream.fromTheStart ? stream.from : "acceptor");

  const differing = stream.frames.flatMap(({ bytes }) => {
    const written = electionBytes(feedElection(decoder, bytes), stream.name.startsWith("multi-"));
    return toHex(written) === toHex(bytes) ? [] : [`${toHex(bytes)} -> ${toHex(written)}`];
  });

  expect(differing).toEqual([]);
});

function senderOf(stream: OneWay): "leader" | "learner" {
  return stream.from === "opener" ? "learner" : "leader";
}

function bytesOf(packets: readonly QuorumPacket[]): Uint8Array {
  const writer = new JuteWriter(64);
  for (const packet of packets) writeQuorumPacket(writer, packet);
  return writer.toBytes();
}

function electionBytes(messages: readonly ElectionMessage[], multiAddress: boolean): Uint8Array {
  const writer = new JuteWriter(64);
  for (const message of messages) {
    if (message.kind === "hello") writeHello(writer, message, multiAddress);
    else writeNotification(writer, message);
  }
  return writer.toBytes();
}
