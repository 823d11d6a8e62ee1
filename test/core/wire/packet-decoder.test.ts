import { expect, test } from "vitest";
import { JuteError } from "../../../core/wire/jute.ts";
import { createPacketDecoder, feed } from "../../../core/wire/packet-decoder.ts";
import { fromHex } from "../../support/captures.ts";

const ACK = "000000030000000100000003ffffffffffffffff";

test("a learner of 3.4 has no version of a configuration, and an older one is refused", () => {
  const ofLength = (data: string): string =>
    `0000000b0000000100000000${(data.length / 2).toString(16).padStart(8, "0")}${data}ffffffff`;

  expect(fromLearner(ofLength("000000000000000100010000"))).toEqual([
    { kind: "FOLLOWERINFO", zxid: 0x100000000n, sid: 1, configVersion: 0n },
  ]);
  expect(() => fromLearner(ofLength("0000000000000001"))).toThrow(JuteError);
  expect(() => fromLearner(ofLength("000000000000000100000001"))).toThrow(JuteError);
  expect(() => fromLearner("0000000b0000000100000000ffffffffffffffff")).toThrow(JuteError);
});

test("a type that the sender does not use is passed over", () => {
  expect(fromLearner(`00000063${ACK.slice(8)}0000000c${ACK.slice(8)}${ACK}`)).toEqual([
    { kind: "ACK", zxid: 0x100000003n },
  ]);
});

test("a length that no field has is refused as soon as it is there", () => {
  expect(() => fromLearner("000000010000000000000000fffffffe")).toThrow(JuteError);
  expect(() => fromLearner("0000000100000000000000007fffffff")).toThrow(JuteError);
});

test("sessions that are not whole are refused", () => {
  expect(() => fromLearner("000000050000000000000000000000050102030405ffffffff")).toThrow(
    JuteError,
  );
});

test("a stream of a snapshot that does not end in its signature is refused", () => {
  const decoder = createPacketDecoder("leader");
  const snap = "0000000f0000000000000000ffffffffffffffff0000000000000000000000012f";
  feed(decoder, fromHex(snap));

  expect(() => feed(decoder, fromHex("0000000b"))).toThrow("Missing signature");
});

function fromLearner(hex: string): ReturnType<typeof feed> {
  return feed(createPacketDecoder("learner"), fromHex(hex));
}
