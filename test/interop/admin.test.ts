import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandText } from "../../server/admin/commands.ts";
import { answerWord } from "../../server/admin/four-letter-words.ts";
import {
  ask,
  freePorts,
  NO_APACHE,
  spawnApache,
  untilServing,
  type LiveServer,
} from "../support/apache.ts";
import { aloneView, wordConnection, type TestView } from "../support/server-view.ts";

/**
 * A fresh standalone Apache ZooKeeper and a fresh one of ours are asked the same things. What varies from
 * start to start (numbers, dates, paths, the machine) is masked; every other character must be the same.
 */

if (NO_APACHE !== null) console.warn(`\nComparison with Apache SKIPPED: ${NO_APACHE}\n`);

const WORDS = "ruok isro gtmk srvr stat cons conf dirs dump wchs wchc wchp hash crst srst";
const COMMANDS =
  "configuration connections dump get_trace_mask hash is_read_only leader observers " +
  "observer_connection_stat_reset ruok server_stats set_trace_mask stmk?traceMask=x stats voting_view " +
  "watch_summary watches watches_by_path zabstate nosuch dirs last_snapshot connection_stat_reset";

describe.skipIf(NO_APACHE !== null)("next to Apache ZooKeeper", () => {
  let apache: LiveServer;
  let adminPort = 0;

  beforeAll(async () => {
    const [clientPort = 0, httpPort = 0] = await freePorts(2);
    adminPort = httpPort;
    const lines = [
      "4lw.commands.whitelist=*",
      "admin.enableServer=true",
      "admin.serverAddress=127.0.0.1",
      `admin.serverPort=${httpPort}`,
    ];
    apache = spawnApache({
      dir: mkdtempSync(join(tmpdir(), "zootrope-admin-")),
      clientPort,
      lines,
    });
    await untilServing(apache);
  }, 90_000);

  afterAll(async () => {
    await apache.stop();
    rmSync(apache.dir, { recursive: true, force: true });
  });

  test.each(WORDS.split(" "))("%s is answered in the same form", async (word) => {
    const view = aloneView();
    wordConnection(view, "127.0.0.1:44410");

    const ours = await say(view, word);

    expect(masked(ours)).toBe(masked(await ask(apache.clientPort, word)));
  });

  test.each(["envi", "mntr"])("%s has the same names", async (word) => {
    const theirs = namesIn(await ask(apache.clientPort, word));

    expect(namesIn(await say(aloneView(), word)).toSorted()).toEqual(theirs.toSorted());
  });

  test.each(COMMANDS.split(" "))("GET %s is answered in the same form", async (command) => {
    const [name = "", query = ""] = command.split("?");

    const ours = await commandText(aloneView(), name, new URLSearchParams(query));
    const answer = await fetch(`http://127.0.0.1:${adminPort}/commands/${command}`);

    expect(sortedLines(masked(ours))).toEqual(sortedLines(masked(await answer.text())));
  });

  test("GET monitor and environment have the same keys", async () => {
    for (const name of ["monitor", "environment"]) {
      const ours = JSON.parse(
        await commandText(aloneView(), name, new URLSearchParams()),
      ) as object;
      const answer = await fetch(`http://127.0.0.1:${adminPort}/commands/${name}`);
      const theirs = (await answer.json()) as object;

      expect(Object.keys(ours).toSorted()).toEqual(Object.keys(theirs).toSorted());
    }
  });
});

async function say(view: TestView, word: string): Promise<string> {
  return await answerWord(Buffer.from(word).readUInt32BE(), view, new Uint8Array(0));
}

function masked(text: string): string {
  return text
    .replace(/3\.8\.0-[^,]*, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC/, "VERSION")
    .replace(/[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ \d{4}/g, "DATE")
    .replace(/(dataDir|dataLogDir|data_dir|data_log_dir)("? ?[=:] ?)"?\/[^\s",]*"?/g, "$1$2PATH")
    .replace(/-?\d+\.\d+\/|-?\d+\.\d+$/gm, "DECIMAL")
    .replace(/-?\d+/g, "N");
}

/** The beans of the real server come in an order that changes from start to start. */
function sortedLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/,$/, ""))
    .toSorted();
}

function namesIn(text: string): string[] {
  return text.split("\n").map((line) => line.split(/[=\t]/)[0] ?? "");
}
