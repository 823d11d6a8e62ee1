import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createServer } from "../../../core/server-state.ts";
import { loadSettings } from "../../../server/config/load-settings.ts";
import type { LogLevel } from "../../../server/log/layout.ts";
import { createServerLog } from "../../../server/log/server-log.ts";
import { ZERO_ZXID } from "../../../core/zxid.ts";
import { scratchDirectory } from "../../support/scratch.ts";

function logging(least: LogLevel): string[] {
  const directory = scratchDirectory({ "data/myid": "3\n" });
  const path = join(directory, "zoo.cfg");
  const three = [1, 2, 3].map((sid) => `server.${sid}=h${sid}:2888:3888\n`).join("");
  writeFileSync(
    path,
    `dataDir=${directory}/data\nclientPort=2181\ninitLimit=5\nsyncLimit=2\n${three}`,
  );
  const settings = loadSettings(path);
  const lines: string[] = [];
  let second = 0;
  const log = createServerLog(
    settings,
    least,
    (text) => lines.push(text),
    () => new Date(2026, 10, 21, 8, 0, second++),
  );
  const server = createServer(settings.config);
  log.effect({ kind: "electionStarted", zxid: ZERO_ZXID }, server);
  log.effect({ kind: "roleEnded", state: "FOLLOWING", reason: "the leader is silent" }, server);
  log.effect({ kind: "stateDetail", state: "LOOKING", phase: "ELECTION", sync: null }, server);
  return lines;
}

const THREAD = "QuorumPeer[myid=3](plain=[0:0:0:0:0:0:0:0]:2181)(secure=disabled)";

test("lines name the member, its thread and the moment, and end", () => {
  const [first] = logging("INFO");

  expect(first).toBe(
    `2026-11-21 08:00:02,000 [myid:3] - INFO  [${THREAD}:QuorumPeer@1455] - LOOKING\n`,
  );
});

test("lines below the least level are left out", () => {
  expect(logging("WARN").map((line) => line.slice(24))).toEqual([
    `[myid:3] - WARN  [${THREAD}:Follower@128] - Exception when following the leader\nthe leader is silent\n`,
    `[myid:3] - WARN  [${THREAD}:QuorumPeer@1585] - PeerState set to LOOKING\n`,
  ]);
});
