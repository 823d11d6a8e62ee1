import { expect, test } from "vitest";
import { play } from "../support/capture-player.ts";
import { readCapture } from "../support/capture-replay.ts";
import { clientCaptureNames } from "../support/captures.ts";

/** Conversations about what a standalone server's core does not decide by itself. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Words in place of a ConnectRequest, frames that are none, and how many may connect: for a server with sockets.
  "four-letter-words",
  "four-letter-words-default-whitelist",
  "malformed-frame",
  "max-buffer",
  "max-client-cnxns",
]);

/** Not compared: what the player cannot play, and what this server answers in another way. */
const UNPLAYED: ReadonlySet<string> = new Set([
  // The recorder cut the connection, and a second client, which was not recorded, wrote as well.
  "java-client-reconnect",
  // A server with SASL users, which the player does not set up; the challenges vary.
  "sasl-digest-md5",
  "sasl-digest-md5-wrong-password",
  "sasl-token-errors",
  // A check of its own, which 3.8.0 logs and never recovers from, is refused.
  "sync-check-misc",
]);

const names = clientCaptureNames().filter(
  (name) => readCapture(name).topology === "standalone" && !ELSEWHERE.has(name) && !UNPLAYED.has(name),
);

test.each(names)("%s: every answer is the recorded one, byte for byte", (name) => {
  expect(play(readCapture(name))).toEqual([]);
});

// From there on our zxids are others: a check outside a multi is refused as later releases do, and spends none.
test("sync-check-misc: every answer is the recorded one up to the first check outside a multi", () => {
  const capture = readCapture("sync-check-misc");
  const end = capture.frames.findIndex(({ note }) => note?.startsWith("bare check") === true);

  expect(end).toBeGreaterThan(30);
  expect(play({ ...capture, frames: capture.frames.slice(0, end) })).toEqual([]);
});
