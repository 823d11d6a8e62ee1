import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, freePorts } from "../../support/apache.ts";
import { createAuthority, type Identified } from "../../support/certificates.ts";
import { newDirectory, startHere, type ServerHere } from "../../support/live-server.ts";
import { rawClient } from "../../support/raw-client.ts";

const { dir, remove } = newDirectory();
const authority = createAuthority(dir);
const server = authority.vouchFor("server", "/CN=localhost");
const client = authority.vouchFor("client", "/C=DE/O=Acme/CN=client");
const stranger = createAuthority(dir, "other").vouchFor("stranger", "/CN=client");
afterAll(remove);

/** How a client hears of it depends on how far the handshake was. */
const REFUSED = /hung up|disconnected|alert|ECONNRESET|EPIPE/;

describe("a secure client port", () => {
  let here: ServerHere;
  let plainPort = 0;
  let securePort = 0;

  beforeAll(async () => {
    ({ here, plainPort, securePort } = await startSecure("need", server.pem));
  }, 60_000);
  afterAll(async () => {
    await here.stop();
  });

  test("knows a client by the subject of its certificate", async () => {
    const known = await rawClient(securePort, {}, secured(securePort, client));

    const { result } = await known.ask({ kind: "whoAmI" });

    expect(result).toEqual({
      kind: "identities",
      identities: [
        { scheme: "x509", id: "CN=client,O=Acme,C=DE" },
        { scheme: "ip", id: "127.0.0.1" },
      ],
    });
    known.hangUp();
  });

  test("answers words, and counts its connections as secure", async () => {
    const socket = await secured(securePort, client);
    const text = await new Promise<string>((resolve) => {
      let all = "";
      socket.on("data", (chunk: Buffer) => (all += chunk.toString()));
      socket.on("close", () => resolve(all));
      socket.write("ruok");
    });

    expect(text).toBe("imok");
  });

  test.each([
    ["without a certificate", null],
    ["with one that nobody vouches for", stranger],
  ])("sends a client away that comes %s", async (_, who) => {
    await expect(served(securePort, who)).rejects.toThrow(REFUSED);
  });

  test("is not disturbed by clients that do not speak TLS, or stop in the middle of it", async () => {
    for (const bytes of ["ruok", "\x16\x03\x01\x00\x05hello", "\x16\x03\x01\x7f\xff"]) {
      const socket = connect({ host: "127.0.0.1", port: securePort });
      socket.on("error", () => {});
      socket.write(bytes, "latin1");
      await new Promise((done) => setTimeout(done, 20));
      socket.destroy();
    }

    expect(await served(securePort, client)).toBe(true);
    expect(await ask(plainPort, "ruok")).toBe("imok");
  });
});

test("keys may be in PKCS12, and a certificate be wanted and not be there", async () => {
  const { here, securePort } = await startSecure("want", server.p12);

  expect(await served(securePort, null)).toBe(true);
  expect(await served(securePort, client)).toBe(true);
  await expect(served(securePort, stranger)).rejects.toThrow(REFUSED);
  await here.stop();
}, 60_000);

test("a unified port takes both kinds of clients, and gives up those that are of none", async () => {
  const { here, plainPort } = await startSecure("need", server.pem, [
    "zookeeper.client.portUnification=true",
  ]);

  expect(await served(plainPort, client)).toBe(true);
  const plain = await rawClient(plainPort);
  expect((await plain.ask({ kind: "exists", path: "/", watch: false })).err).toBe(0);
  expect(await ask(plainPort, "ruok")).toBe("imok");
  plain.hangUp();
  await here.stop();
}, 60_000);

test.each([
  [
    "a Java key store",
    Buffer.from("feedfeed00000002", "hex"),
    "is a Java key store (JKS), which only Java reads",
  ],
  ["nonsense", Buffer.from("nonsense"), "is neither PEM nor PKCS12"],
  ["PEM with nothing in it", Buffer.from("-----BEGIN nothing\n"), "store.jks: "],
])("%s ends the start with one line", async (_, bytes, line) => {
  const store = join(dir, "store.jks");
  writeFileSync(store, bytes);

  await expect(startSecure("need", store)).rejects.toThrow(line);
});

test("a key store that is not there ends the start with one line", async () => {
  await expect(startSecure("need", join(dir, "nowhere.pem"))).rejects.toThrow("ENOENT");
});

let count = 0;

async function startSecure(
  clientAuth: string,
  keyStore: string,
  more: readonly string[] = [],
): Promise<{ here: ServerHere; plainPort: number; securePort: number }> {
  const [plainPort = 0, securePort = 0] = await freePorts(2);
  const properties = [
    `zookeeper.ssl.keyStore.location=${keyStore}`,
    "zookeeper.ssl.keyStore.password=secret",
    `zookeeper.ssl.trustStore.location=${authority.trustStore}`,
    `zookeeper.ssl.clientAuth=${clientAuth}`,
    ...more,
  ];
  const lines = [`secureClientPort=${securePort}`, "secureClientPortAddress=127.0.0.1"];
  const data = join(dir, `data${count++}`);
  const here = await startHere({ dir: data, clientPort: plainPort, lines, properties });
  return { here, plainPort, securePort };
}

/** Is a session to be had? */
async function served(port: number, who: Identified | null): Promise<boolean> {
  const raw = await rawClient(port, {}, secured(port, who));
  const { err } = await raw.ask({ kind: "exists", path: "/", watch: false });
  raw.hangUp();
  return err === 0;
}

function secured(port: number, who: Identified | null): Promise<TLSSocket> {
  const pem = who === null ? undefined : readFileSync(who.pem);
  const own: ConnectionOptions = pem === undefined ? {} : { key: pem, cert: pem };
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      {
        host: "127.0.0.1",
        port,
        ca: readFileSync(authority.trustStore),
        servername: "localhost",
        ...own,
      },
      () => resolve(socket),
    );
    socket.once("error", reject);
  });
}
