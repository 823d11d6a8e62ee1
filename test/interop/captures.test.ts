import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Operation } from "../../core/request/operation.ts";
import { freePorts } from "../support/apache.ts";
import {
  readCapture,
  replay,
  type Capture,
  type CapturedFrame,
  type Difference,
  type Variation,
} from "../support/capture-replay.ts";
import { clientCaptureNames } from "../support/captures.ts";
import { newDirectory, recordedPlan, startHere, type ServerHere } from "../support/live-server.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";
import { create, setData } from "../support/roles.ts";
import { saslSpeaker } from "../support/sasl-client.ts";
import { talk } from "../support/word-client.ts";

/**
 * Every conversation recorded with a standalone Apache ZooKeeper, said again to a fresh server of ours on a real
 * socket. Outside the recorded masks every byte of every answer must be the same.
 */

/** They wait for a session, a container or a silent connection to be given up, and so go on side by side. */
const SLOW: ReadonlySet<string> = new Set([
  "create-container",
  "create-ttl",
  "session-expiry",
  "sessionless-timeout",
]);

/** Said in another way, each in a test of its own below. */
const APART: ReadonlySet<string> = new Set([
  "four-letter-words",
  "four-letter-words-default-whitelist",
  "java-client-reconnect",
  "max-buffer",
  "sasl-digest-md5",
  "sasl-digest-md5-wrong-password",
  "sasl-token-errors",
  "sync-check-misc",
]);

const PATIENCE_MS = 90_000;

const standalone = clientCaptureNames().filter(
  (name) => readCapture(name).topology === "standalone",
);
const slow = new Map(
  standalone.filter((name) => SLOW.has(name)).map((name) => [name, played(name)]),
);

describe("a live server answers as recorded, byte for byte", { timeout: PATIENCE_MS }, () => {
  test.each(standalone.filter((name) => !APART.has(name)))("%s", async (name) => {
    expect(await (slow.get(name) ?? played(name))).toEqual([]);
  });

  test("max-buffer, with the frame of 1 MiB - 1 that was not stored", async () => {
    const capture = readCapture("max-buffer");
    const frames = capture.frames.map((frame) =>
      frame.omitted === true ? { ...frame, omitted: false, hex: largestFrame() } : frame,
    );

    expect(await played("max-buffer", { ...capture, frames })).toEqual([]);
  });

  test("java-client-reconnect, with the writes of the client that was not recorded", async () => {
    const capture = readCapture("java-client-reconnect");
    const differences = await onServer(capture, async ({ clientPort }) => {
      let other: RawClient | null = null;
      const writes = async (ops: readonly Operation[]): Promise<void> => {
        other ??= await rawClient(clientPort);
        for (const op of ops) expect(await other.ask(op)).toMatchObject({ err: 0 });
      };
      return await replay(withoutProxy(capture), () => clientPort, {
        before: async ({ note }) => {
          if (note?.includes("lastZxidSeen=0x4") === true)
            await writes([setData("/a"), create("/none"), create("/b/k"), setData("/r")]);
          if (note?.startsWith("NOTIFICATION") === true && note.endsWith("path=/r"))
            await writes([setData("/r"), create("/b/k2"), { kind: "closeSession" }]);
        },
      });
    });

    expect(differences).toEqual([]);
  });
});

describe("SASL by DIGEST-MD5", { timeout: PATIENCE_MS }, () => {
  test.each([
    ["sasl-digest-md5", "builder"],
    ["sasl-digest-md5-wrong-password", "another"],
    ["sasl-token-errors", "builder"],
  ])("%s: as recorded, but for nonces and what is computed from them", async (name, password) => {
    const capture = readCapture(name);

    expect(await played(name, capture, saslSpeaker(password))).toEqual([]);
  });
});

describe("what differs from the recording by decision", { timeout: PATIENCE_MS }, () => {
  test("sync-check-misc: a check outside a multi is refused as later releases do, and the connection ends", async () => {
    const capture = readCapture("sync-check-misc");
    const first = capture.frames.findIndex(({ note }) => note?.startsWith("bare check") === true);
    const refused: CapturedFrame[] = [
      { dir: "s2c", conn: "A", hex: "0000001000000015fffffffffffffffffffffffa", note: "err -6" },
      { dir: "s2c", conn: "A", hex: "", eof: true },
    ];
    const frames = [...capture.frames.slice(0, first + 1), ...refused];

    expect(await played(capture.name, { ...capture, frames })).toEqual([]);
  });
});

describe("four-letter words", { timeout: PATIENCE_MS }, () => {
  test("four-letter-words: every answer has the recorded form", async () => {
    const capture = readCapture("four-letter-words");
    const found = await onServer(capture, async ({ clientPort }) => {
      const client = await rawClient(clientPort, { timeoutMs: 20_000 });
      await client.ask(create("/a"));
      await client.ask(create("/a/e", 1));
      await client.ask({ kind: "getData", path: "/a", watch: true });
      await client.ask({ kind: "getChildren", type: 12, path: "/a", watch: true });
      return await talkedIn(capture, clientPort);
    });

    expect(found).toEqual(wordsOf(capture));
  });

  test("four-letter-words-default-whitelist: srvr alone is answered", async () => {
    const capture = readCapture("four-letter-words-default-whitelist");
    const found = await onServer(capture, ({ clientPort }) => talkedIn(capture, clientPort));

    expect(found).toEqual(wordsOf(capture));
  });
});

async function played(
  name: string,
  capture: Capture = readCapture(name),
  variation: Variation = {},
): Promise<readonly Difference[]> {
  return await onServer(capture, ({ clientPort }) => replay(capture, () => clientPort, variation));
}

/** A fresh server that was told what the recorded one was told, for as long as `use` needs it. */
async function onServer<Result>(
  capture: Capture,
  use: (server: ServerHere) => Promise<Result>,
): Promise<Result> {
  const { dir, remove } = newDirectory();
  const [clientPort = 0] = await freePorts(1);
  const { lines, properties } = recordedPlan(capture);
  const users = join(dir, "jaas.conf");
  writeFileSync(users, JAAS);
  const sasl = capture.name.startsWith("sasl-") && capture.name !== "sasl-required";
  const server = await startHere({
    dir,
    clientPort,
    lines,
    properties: sasl ? [...properties, `java.security.auth.login.config=${users}`] : properties,
  });
  try {
    return await use(server);
  } finally {
    await server.stop();
    remove();
  }
}

const JAAS = `Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob="builder"; };\n`;

/** setData /big whose frame, length word apart, is as long as a frame may be. */
function largestFrame(): string {
  const bytes = Buffer.alloc(4 + 0xfffff, "x");
  const path = "/big";
  let at = 0;
  const int = (value: number): void => {
    at = bytes.writeInt32BE(value, at);
  };
  for (const value of [0xfffff, 2, 5, path.length]) int(value);
  at += bytes.write(path, at);
  int(bytes.length - at - 8);
  at = bytes.length - 4;
  int(-1);
  return bytes.toString("hex");
}

/** Where the recording proxy cut the connection, the client hangs up: the server does not. */
function withoutProxy(capture: Capture): Capture {
  const isFirst = ({ conn, dir, eof }: CapturedFrame): boolean =>
    conn === "c1" && dir === "s2c" && eof === true;
  return { ...capture, frames: capture.frames.filter((frame) => !isFirst(frame)) };
}

type Talk = Readonly<Record<string, readonly string[]>>;

/** What was answered to each word, by the label of its connection. */
function wordsOf({ frames }: Capture): Talk {
  const answers = frames.filter(({ dir, raw }) => dir === "s2c" && raw === true);
  return Object.fromEntries(
    answers.map(({ conn = "", hex }) => [conn, shapeOf(conn, Buffer.from(hex, "hex").toString())]),
  );
}

async function talkedIn({ frames }: Capture, port: number): Promise<Talk> {
  const found: Record<string, readonly string[]> = {};
  for (const { dir, conn = "", hex } of frames) {
    if (dir !== "c2s") continue;
    found[conn] = shapeOf(conn, await talk(port, Buffer.from(hex, "hex")));
  }
  return found;
}

/** The lines of an answer without what varies: numbers, dates, paths, the machine. */
function shapeOf(word: string, answer: string): readonly string[] {
  const lines = answer
    .replace(/version([:=\t]) ?3\.8\.0-[^,]*, built on .*$/m, "version$1 VERSION")
    .replace(/[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} \S+ \d{4}/g, "DATE")
    .replace(/(Dir)=\/.*$/gm, "$1=PATH")
    .replace(/0x[0-9a-f]+/g, "HEX")
    .replace(/lop=[A-Z0-9]+/, "lop=OP")
    .replace(/-?\d+(\.\d+)?/g, "N")
    .split("\n");
  if (word === "cons" || word === "stat") return lines.toSorted(); // connections in any order
  if (word !== "mntr" && word !== "envi") return lines;
  // Their names; the order of most is that of a hash map of the Java machine.
  return lines.map((line) => line.split(/[=\t]/, 1)[0] ?? "").toSorted();
}
