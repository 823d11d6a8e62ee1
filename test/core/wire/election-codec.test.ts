import { expect, test } from "vitest";
import type { ElectionMessage } from "../../../core/election/notification.ts";
import { createElectionDecoder, feedElection } from "../../../core/wire/election-codec.ts";
import { JuteError } from "../../../core/wire/jute.ts";
import { fromHex } from "../../support/captures.ts";

/** LOOKING, sid 3, zxid 0x500000009, round 2. */
const VOTE = "00000000000000000000000300000005000000090000000000000002";
const EPOCH = "0000000000000005";

test("a notification of 28 bytes takes its epoch from its zxid", () => {
  expect(notification(VOTE)).toEqual([
    {
      kind: "notification",
      state: "LOOKING",
      leader: 3,
      zxid: 0x500000009n,
      electionEpoch: 2,
      peerEpoch: 5,
      config: "",
    },
  ]);
});

test.each([
  ["40 bytes, whatever their version", `${VOTE}${EPOCH}00000001`],
  ["an old version and more behind it", `${VOTE}${EPOCH}0000000100000003616263`],
  ["version 2 with an empty configuration", `${VOTE}${EPOCH}0000000200000000`],
])("a notification of %s has no configuration", (_, hex) => {
  expect(notification(hex)).toMatchObject([{ peerEpoch: 5, config: "" }]);
});

test.each([
  ["27 bytes", VOTE.slice(0, -2)],
  ["36 bytes", `${VOTE}${EPOCH}`],
  ["42 bytes of version 2", `${VOTE}${EPOCH}000000020000`],
  ["a configuration that is cut", `${VOTE}${EPOCH}000000020000000461`],
  ["a negative length", `${VOTE}${EPOCH}00000002ffffffff`],
  ["a state that there is not", `00000007${VOTE.slice(8)}`],
])("a notification of %s is passed over", (_, hex) => {
  expect(notification(hex)).toEqual([]);
});

test.each(["00000000", "ffffffff", "00080001"])("a length of %s ends the connection", (length) => {
  expect(() => feedElection(createElectionDecoder("acceptor"), fromHex(length))).toThrow(JuteError);
});

test("a server of 3.4 introduces itself with its sid alone", () => {
  expect(feedElection(createElectionDecoder("opener"), fromHex("0000000000000004"))).toEqual([
    { kind: "hello", sid: 4, address: "" },
  ]);
});

test("an initial message of another version, or with an address too long, is refused", () => {
  const rest = "00000000000000040000000161";
  for (const hex of [
    `ffffffffffff0002${rest}`,
    "ffffffffffff0000000000000000000400000801",
    "ffffffffffff0000000000000000000400000000",
  ]) {
    const decoder = createElectionDecoder("opener");
    expect(() => feedElection(decoder, fromHex(hex))).toThrow(JuteError);
  }
});

function notification(hex: string): ElectionMessage[] {
  const bytes = fromHex(hex);
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setInt32(0, bytes.length);
  framed.set(bytes, 4);
  return feedElection(createElectionDecoder("acceptor"), framed);
}
