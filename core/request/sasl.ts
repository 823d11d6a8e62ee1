import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { formatSessionId } from "../session/session-id.ts";
import { ZERO_ZXID } from "../zxid.ts";
import { addIdentity, refuseClient } from "./auth.ts";
import type { ClientConn } from "./clients-state.ts";
import { ErrorCode } from "./error-code.ts";
import type { Operation } from "./operation.ts";
import { closeClient, sendReplyAt } from "./reply.ts";
import { challengeOf, checkResponse, drawNonce, type Proof } from "./sasl-digest.ts";

/**
 * A SASL token, answered with the server's: first the challenge to an empty one, then the proof that the server
 * knows the password as well. Where no SASL is configured, any token is answered with none.
 * @see spec client-protocol 8.5; ZooKeeper, server/ZooKeeperServer.java (processSasl)
 */
export function saslReceived(
  server: Server,
  client: ClientConn,
  xid: number,
  { token }: Extract<Operation, { kind: "sasl" }>,
  out: ServerEffect[],
): void {
  const { saslUsers } = server.config.options;
  if (token === null) closeClient(server, client.conn, out);
  else if (saslUsers === null) answer(server, client, xid, null, out);
  else if (client.sasl === null && token.length === 0) {
    const nonce = drawNonce(server.draws);
    client.sasl = { kind: "challenged", nonce };
    answer(server, client, xid, challengeOf(nonce), out);
  } else {
    const proof = judge(saslUsers, client, token);
    client.sasl = { kind: "done" };
    if (proof.kind === "failed") saslFailed(server, client, xid, proof.reason, out);
    else {
      welcome(server, client, proof.user);
      answer(server, client, xid, proof.token, out);
    }
  }
}

function judge(users: ReadonlyMap<string, string>, client: ClientConn, token: Uint8Array): Proof {
  const { sasl } = client;
  if (sasl === null) {
    return { kind: "failed", reason: "DIGEST-MD5 must not have an initial response" };
  }
  if (sasl.kind === "done") {
    return { kind: "failed", reason: "DIGEST-MD5: Server at illegal state" };
  }
  return checkResponse(users, sasl.nonce, token);
}

function welcome(server: Server, client: ClientConn, user: string): void {
  addIdentity(client, { scheme: "sasl", id: user });
  if (server.config.options.superUsers.includes(user)) {
    addIdentity(client, { scheme: "super", id: "" });
  }
}

function saslFailed(
  server: Server,
  client: ClientConn,
  xid: number,
  reason: string,
  out: ServerEffect[],
): void {
  const { allowSaslFailedClients, requiredSchemes } = server.config.options;
  const required = requiredSchemes.includes("sasl");
  const text = `Client of session ${formatSessionId(client.sessionId)} failed to SASL authenticate: ${reason}`;
  out.push({ kind: "warned", text });
  if (allowSaslFailedClients && !required) {
    answer(server, client, xid, null, out);
    return;
  }
  const err = required ? ErrorCode.sessionRequiresSasl : ErrorCode.authFailed;
  refuseClient(server, client, xid, err, { kind: "token", token: null }, out);
}

function answer(
  server: Server,
  client: ClientConn,
  xid: number,
  token: Uint8Array | null,
  out: ServerEffect[],
): void {
  const result = { kind: "token", token } as const;
  sendReplyAt(server, client.conn, xid, ZERO_ZXID, ErrorCode.ok, result, out);
}
