import { expect, test } from "vitest";
import { answerWord, isWord, restBytesOf } from "../../../server/admin/four-letter-words.ts";
import { versionText } from "../../../server/admin/version.ts";
import { boot, configOf } from "../../support/machine.ts";
import { create, following, leading } from "../../support/roles.ts";
import {
  aloneView,
  asksView,
  joinsView,
  servedView,
  viewOf,
  type TestView,
} from "../../support/server-view.ts";

// Spec client-protocol 11.1, 11.2; captures four-letter-words.

const NOTHING = new Uint8Array(0);
const NOT_SERVING = "This ZooKeeper instance is not currently serving requests";

test("a word is told from a length by its four bytes", () => {
  expect(isWord(codeOf("ruok"))).toBe(true);
  expect(isWord(0xfff4fffd)).toBe(true);
  expect(isWord(codeOf("RUOK"))).toBe(false);
  expect(isWord(45)).toBe(false);
});

test("ruok, isro and gtmk answer without a newline", async () => {
  const view = servedView();

  expect(await say(view, "ruok")).toBe("imok");
  expect(await say(view, "isro")).toBe("rw");
  expect(await say(view, "gtmk")).toBe("306");
});

test("stmk takes the eight bytes behind it as the mask", async () => {
  const view = servedView();
  const mask = new Uint8Array([0, 0, 0, 0, 0, 0, 1, 2]);

  expect(restBytesOf(codeOf("stmk"))).toBe(8);
  expect(restBytesOf(codeOf("gtmk"))).toBe(0);
  expect(await say(view, "stmk", mask)).toBe("258");
  expect(await say(view, "gtmk")).toBe("258");
});

test("telnet's close is answered by nothing", async () => {
  expect(await answerWord(0xfff4fffd, servedView(), NOTHING)).toBe("");
});

test("srvr shows the server in nine lines", async () => {
  expect(await say(servedView(), "srvr")).toBe(
    [
      `Zookeeper version: ${versionText()}`,
      "Latency min/avg/max: 2/2.6/5",
      "Received: 6",
      "Sent: 5",
      "Connections: 2",
      "Outstanding: 0",
      "Zxid: 0x3",
      "Mode: standalone",
      "Node count: 7",
      "",
    ].join("\n"),
  );
});

test("the version keeps the form that clients read", () => {
  expect(versionText()).toMatch(/^3\.8\.0-zootrope, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
});

test("stat adds the connections, the asking one with no interest left", async () => {
  const lines = (await say(servedView(), "stat")).split("\n");

  expect(lines.slice(1, 6)).toEqual([
    "Clients:",
    " /127.0.0.1:44380[1](queued=0,recved=5,sent=5)",
    " /127.0.0.1:44410[0](queued=0,recved=1,sent=0)",
    "",
    "Latency min/avg/max: 2/2.6/5",
  ]);
});

test("cons shows all that is counted of a session's connection", async () => {
  const view = servedView();

  expect(await say(view, "cons")).toBe(
    ` /127.0.0.1:44380[1](queued=0,recved=5,sent=5,sid=${sessionOf(view)},lop=GETC,` +
      "est=1795267494990,to=4000,lcxid=0x4,lzxid=0x3,lresp=1002,llat=2,minlat=2,avglat=2,maxlat=5)\n" +
      " /127.0.0.1:44410[0](queued=0,recved=1,sent=0)\n\n",
  );
});

test("after crst a connection has no operation, no cxid and no zxid", async () => {
  const view = servedView();

  expect(await say(view, "crst")).toBe("Connection stats reset.\n");

  const counts = "lzxid=0xffffffffffffffff,lresp=0,llat=0,minlat=0,avglat=0,maxlat=0)";
  expect(await say(view, "cons")).toContain(
    `recved=0,sent=0,sid=${sessionOf(view)},lop=NA,est=1795267494990,to=4000,${counts}\n`,
  );
});

test("conf of a standalone server has twelve lines", async () => {
  expect(await say(servedView(), "conf")).toBe(
    [
      "clientPort=2181",
      "secureClientPort=-1",
      "dataDir=/srv/zk/data/version-2",
      "dataDirSize=67109337",
      "dataLogDir=/srv/zk/log/version-2",
      "dataLogSize=67108880",
      "tickTime=2000",
      "maxClientCnxns=60",
      "minSessionTimeout=400",
      "maxSessionTimeout=4000",
      "clientPortListenBacklog=-1",
      "serverId=0",
      "",
    ].join("\n"),
  );
});

test("conf of a member ends in the membership, without a newline", async () => {
  const text = await say(viewOf(following()), "conf");

  expect(text.slice(text.indexOf("serverId="))).toBe(
    [
      "serverId=1",
      "initLimit=10",
      "syncLimit=5",
      "electionAlg=3",
      "electionPort=3888",
      "quorumPort=2888",
      "peerType=0",
      "membership: ",
      "server.1=s1:2888:3888:participant;s1:2181",
      "server.2=s2:2888:3888:participant;s2:2181",
      "server.3=s3:2888:3888:participant;s3:2181",
      "version=0",
    ].join("\n"),
  );
});

test("wchs, wchc and wchp know data watches only", async () => {
  const view = servedView();
  const id = sessionOf(view);

  expect(await say(view, "wchs")).toBe("1 connections watching 1 paths\nTotal watches:1\n");
  expect(await say(view, "wchc")).toBe(`${id}\n\t/a\n\n`);
  expect(await say(view, "wchp")).toBe(`/a\n\t${id}\n\n`);
});

test("dump shows sessions by expiry, their ephemerals, and connections by expiry", async () => {
  const view = servedView();
  const id = sessionOf(view);

  const text = await say(view, "dump");

  const date = /at [A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \S+ 2026/g;
  expect(text.replace(date, "at DATE")).toBe(
    [
      "SessionTracker dump:",
      "Session Sets (1)/(1):",
      "1 expire at DATE:",
      `\t${id}`,
      "ephemeral nodes dump:",
      "Sessions with Ephemerals (1):",
      `${id}:`,
      "\t/a/e",
      "Connections dump:",
      "Connections Sets (2)/(2):",
      "1 expire at DATE:",
      `\tip: /127.0.0.1:44380 sessionId: ${id}`,
      "1 expire at DATE:",
      "\tip: /127.0.0.1:44410 sessionId: 0x0",
      "",
    ].join("\n"),
  );
});

test("a follower's dump lists the sessions of the ensemble, sorted, without expiry", async () => {
  const view = viewOf(following());
  view.server.database?.sessions.set(9n as never, 6000);
  view.server.database?.sessions.set(7n as never, 4000);

  expect(await say(view, "dump")).toMatch(
    /^SessionTracker dump:\nGlobal Sessions\(2\):\n0x7\t4000ms\n0x9\t6000ms\nephemeral nodes dump:\n/,
  );
});

test("dirs and hash have a line for each thing they know", async () => {
  const view = aloneView();
  const client = joinsView(view, "127.0.0.1:1");
  for (let i = 1; i < 130; i++) asksView(view, client, i, create(`/n${i}`));

  expect(await say(view, "dirs")).toBe("datadir_size: 67109337\nlogdir_size: 67108880\n");
  expect(await say(view, "hash")).toMatch(/^80: \d+\n$/);
});

test("srst makes the server count from zero, and leaves gauges as they are", async () => {
  const view = servedView();

  expect(await say(view, "srst")).toBe("Server stats reset.\n");

  expect(await say(view, "srvr")).toContain(
    "Latency min/avg/max: 0/0.0/0\nReceived: 0\nSent: 0\nConnections: 2\n",
  );
});

test("a leader shows its proposals' sizes, -1 before the first", async () => {
  const view = viewOf(leading().machine);
  expect(await say(view, "srvr")).toContain("\nMode: leader\n");
  expect(await say(view, "srvr")).toContain("\nProposal sizes last/min/max: -1/-1/-1\n");

  joinsView(view, "127.0.0.1:44380");

  // A createSession: 32 bytes of header, 4 of timeout, 12 of digest.
  expect(await say(view, "srvr")).toContain("\nProposal sizes last/min/max: 48/48/48\n");
});

test("outside the whitelist a word is refused, whoever could answer it", async () => {
  const lost = viewOf(boot(configOf(1)), { whitelist: ["srvr"] });

  expect(await say(lost, "ruok")).toBe(refusalOf("ruok"));
  expect(await say(lost, "isro")).toBe(refusalOf("isro"));
  expect(await say(lost, "srvr")).toBe(`${NOT_SERVING}\n`);
});

test("who is not serving says so, and a few words work all the same", async () => {
  const lost = viewOf(boot(configOf(1)));

  for (const word of "srvr stat cons conf dirs dump mntr wchs wchc wchp crst srst".split(" ")) {
    expect(await say(lost, word)).toBe(`${NOT_SERVING}\n`);
  }
  expect(await say(lost, "hash")).toBe(NOT_SERVING);
  expect(await say(lost, "isro")).toBe("null");
  expect(await say(lost, "ruok")).toBe("imok");
  expect(await say(lost, "gtmk")).toBe("306");
  expect(await say(lost, "envi")).toMatch(/^Environment:\nzookeeper\.version=3\.8\.0-/);
});

async function say(view: TestView, word: string, rest: Uint8Array = NOTHING): Promise<string> {
  return await answerWord(codeOf(word), view, rest);
}

function codeOf(word: string): number {
  return Buffer.from(word).readUInt32BE();
}

function sessionOf(view: TestView): string {
  const [session = 0n] = view.server.clients.bySession.keys();
  return `0x${session.toString(16)}`;
}

function refusalOf(word: string): string {
  return `${word} is not executed because it is not in the whitelist.\n`;
}
