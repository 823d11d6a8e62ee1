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

/** Not answered as recorded yet: authentication and connections. A name goes when its rules come. */
const AWAITED: ReadonlySet<string> = new Set([
  "acl-auth",
  "auth-failure",
  "c-client-session",
  "connect-old-client",
  "java-client-reconnect",
  "kazoo-session",
  "sasl-digest-md5",
  "sasl-digest-md5-wrong-password",
  "sasl-required",
  "sasl-token-errors",
  "session-unknown",
  "sync-check-misc",
  "zkcli-session",
]);

const names = clientCaptureNames().filter(
  (name) => readCapture(name).topology === "standalone" && !ELSEWHERE.has(name) && !AWAITED.has(name),
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
