import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ConnId } from "../../../core/message.ts";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../../core/options.ts";
import { challengeOf, checkResponse } from "../../../core/request/sasl-digest.ts";
import { readCapture } from "../../support/capture-replay.ts";
import { forget, type Machine } from "../../support/machine.ts";
import { asks, connects, elected } from "../../support/roles.ts";

// Spec client-protocol 8.5; RFC 2831; captures sasl-digest-md5, sasl-digest-md5-wrong-password, sasl-token-errors.

const USERS = new Map([["bob", "bobsecret"]]);

function alone(options: Partial<ServerOptions>): { machine: Machine; conn: ConnId } {
  const machine = elected(undefined, { voters: 1, options: { ...DEFAULT_OPTIONS, ...options } }, 1);
  const conn = connects(machine, "client");
  forget(machine);
  return { machine, conn };
}

function sendToken(machine: Machine, conn: ConnId, token: string): void {
  asks(machine, conn, 1, { kind: "sasl", token: new Uint8Array(Buffer.from(token)) });
}

/** Errors and tokens as text, and the end of the connection. */
function answers(machine: Machine): unknown[] {
  return machine.out.splice(0).flatMap((effect): unknown[] => {
    if (effect.kind === "close") return ["close"];
    if (effect.kind !== "send" || effect.message.kind !== "reply") return [];
    const { err, zxid, result } = effect.message;
    const token = result?.kind === "token" ? result.token : undefined;
    return [
      [err, zxid, token === null || token === undefined ? token : Buffer.from(token).toString()],
    ];
  });
}

/** The challenge's nonce. */
function challenged(machine: Machine, conn: ConnId): string {
  sendToken(machine, conn, "");
  const [[err, zxid, challenge]] = answers(machine) as [[number, bigint, string]];
  expect([err, zxid]).toEqual([0, 0n]);
  const parts = /^realm="zk-sasl-md5",nonce="([^"]{40})",charset=utf-8,algorithm=md5-sess$/;
  return parts.exec(challenge)![1]!;
}

function md5(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** What a client of RFC 2831 says, and what it expects to hear. */
function respond(nonce: string, password: string, more: Record<string, string> = {}) {
  const said = {
    username: "bob",
    realm: "zk-sasl-md5",
    nonce,
    nc: "00000001",
    cnonce: "Z/1fSC2s",
    uri: "zookeeper/zk-sasl-md5",
    authzid: "bob",
    ...more,
  };
  const secret = md5(`${said.username}:zk-sasl-md5:${password}`);
  const first = md5(secret, `:${said.nonce}:${said.cnonce}:${said.authzid}`).toString("hex");
  const digest = (method: string) => {
    const second = md5(`${method}:${said.uri}`).toString("hex");
    return md5(`${first}:${said.nonce}:${said.nc}:${said.cnonce}:auth:${second}`).toString("hex");
  };
  const token =
    `charset=utf-8,username="${said.username}",realm="${said.realm}",nonce="${said.nonce}",nc=${said.nc},` +
    `cnonce="${said.cnonce}",digest-uri="${said.uri}",maxbuf=65536,response=${digest("AUTHENTICATE")},` +
    `qop=auth,authzid="${said.authzid}"`;
  return { token, rspauth: `rspauth=${digest("")}` };
}

describe("DIGEST-MD5", () => {
  test("with the right password proves the user, and the server to them", () => {
    const { machine, conn } = alone({ saslUsers: USERS });
    const { token, rspauth } = respond(challenged(machine, conn), "bobsecret");

    sendToken(machine, conn, token);

    expect(answers(machine)).toEqual([[0, 0n, rspauth]]);
    expect(machine.server.clients.byConn.get(conn)?.identities).toEqual([
      { scheme: "ip", id: "client" },
      { scheme: "sasl", id: "bob" },
    ]);
  });

  test("of a super user makes the connection super", () => {
    const { machine, conn } = alone({ saslUsers: USERS, superUsers: ["bob"] });

    sendToken(machine, conn, respond(challenged(machine, conn), "bobsecret").token);

    expect(machine.server.clients.byConn.get(conn)?.identities).toContainEqual({
      scheme: "super",
      id: "",
    });
  });

  test.each([
    ["a wrong password", (nonce: string) => respond(nonce, "wrong").token],
    ["a user that nobody knows", (nonce: string) => respond(nonce, "", { username: "eve" }).token],
    ["another nonce", () => respond("x".repeat(40), "bobsecret").token],
    [
      "a second use of a nonce",
      (nonce: string) => respond(nonce, "bobsecret", { nc: "00000002" }).token,
    ],
    ["another service", (nonce: string) => respond(nonce, "bobsecret", { uri: "imap/host" }).token],
    ["another realm", (nonce: string) => respond(nonce, "bobsecret", { realm: "x" }).token],
    ["garbage", () => "garbage"],
    ["a directive twice", (nonce: string) => `nc=00000001,${respond(nonce, "bobsecret").token}`],
  ])("with %s fails with -115 and no token, and the connection ends", (_, tokenFor) => {
    const { machine, conn } = alone({ saslUsers: USERS });
    const nonce = challenged(machine, conn);

    sendToken(machine, conn, tokenFor(nonce));

    expect(answers(machine)).toEqual([[-115, 0n, null], "close"]);
  });

  test("does not begin with a response, and is not done twice", () => {
    const { machine, conn } = alone({ saslUsers: USERS });
    sendToken(machine, conn, "early");
    expect(answers(machine)).toEqual([[-115, 0n, null], "close"]);

    const again = connects(machine, "client");
    forget(machine);
    const { token } = respond(challenged(machine, again), "bobsecret");
    sendToken(machine, again, token);
    forget(machine);
    sendToken(machine, again, token);

    expect(answers(machine)).toEqual([[-115, 0n, null], "close"]);
  });

  test("that fails is -124 where SASL is required", () => {
    const options = { saslUsers: USERS, requiredSchemes: ["sasl"], allowSaslFailedClients: true };
    const { machine, conn } = alone(options);

    sendToken(machine, conn, respond(challenged(machine, conn), "wrong").token);

    expect(answers(machine)).toEqual([[-124, 0n, null], "close"]);
  });

  test("that fails leaves the client nobody where failing is allowed", () => {
    const { machine, conn } = alone({ saslUsers: USERS, allowSaslFailedClients: true });

    sendToken(machine, conn, respond(challenged(machine, conn), "wrong").token);

    expect(answers(machine)).toEqual([[0, 0n, null]]);
    expect(machine.server.clients.byConn.get(conn)?.identities).toHaveLength(1);
  });

  test("challenges no two connections alike", () => {
    const { machine, conn } = alone({ saslUsers: USERS });
    const first = challenged(machine, conn);
    const other = connects(machine, "other");
    forget(machine);

    expect(challenged(machine, other)).not.toBe(first);
  });
});

test("where no SASL is configured every token is answered with none", () => {
  const { machine, conn } = alone({});

  sendToken(machine, conn, "");
  sendToken(machine, conn, "anything");

  expect(answers(machine)).toEqual([
    [0, 0n, null],
    [0, 0n, null],
  ]);
});

test("the recorded exchange of a real server and client comes out the same", () => {
  const { frames } = readCapture("sasl-digest-md5");
  const challenge = Buffer.from(frames[3]!.hex, "hex").subarray(24).toString();
  const nonce = /nonce="([^"]+)"/.exec(challenge)![1]!;
  const response = new Uint8Array(Buffer.from(frames[4]!.hex, "hex").subarray(16));

  expect(Buffer.from(challengeOf(nonce)).toString()).toBe(challenge);
  const proof = checkResponse(USERS, nonce, response);

  const token = Buffer.from(frames[5]!.hex, "hex").subarray(24).toString();
  expect(proof).toMatchObject({ kind: "proved", user: "bob" });
  expect(proof.kind === "proved" && Buffer.from(proof.token).toString()).toBe(token);
});
