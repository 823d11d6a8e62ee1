import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Identity } from "../../core/tree/acl.ts";
import type { ServerSettings } from "../config/settings.ts";
import { tlsOptions } from "./certificates.ts";
import { certificateIdentity } from "./distinguished-name.ts";
import { listen, listenWith, type Listener } from "./listener.ts";

/** Takes a client, and what its certificate proves. */
type Accept = (socket: Socket, proven: readonly Identity[]) => void;

/** ms that a client has to agree on a cipher, or to show whether it wants one. */
const HANDSHAKE_MS = 10_000;
/** The first byte of every TLS connection; no length word and no four-letter word begins with it. */
const TLS_HANDSHAKE = 0x16;
const NOBODY: readonly Identity[] = Object.freeze([]);

/**
 * Listens for clients, before anything else is done: a port that is taken ends the start without having harmed anybody.
 *
 * @throws Error of the system when a port cannot be had
 * @throws StoreError when the certificates of a secure port cannot be used
 */
export async function openClientPorts(
  { client, secureClient, clientBacklog: backlog, tls }: ServerSettings,
  accept: Accept,
): Promise<Listener[]> {
  const isUnified = client !== null && tls.portUnification;
  const secure = secureClient !== null || isUnified ? secureServer(tls, accept) : null;
  const open: Listener[] = [];
  const plain = (socket: Socket): void => accept(socket, NOBODY);
  try {
    if (client !== null && isUnified && secure !== null) {
      open.push(await listenWith(unifiedServer(secure, plain), client, backlog));
    } else if (client !== null) {
      open.push(await listen({ address: client, backlog, accept: plain }));
    }
    if (secureClient !== null && secure !== null) {
      open.push(await listenWith(secure, secureClient, backlog));
    }
  } catch (error) {
    for (const listener of open) listener.close();
    throw error;
  }
  return open;
}

/** @see ZooKeeper, server/NettyServerCnxnFactory.java (CertificateVerifier) */
function secureServer(tls: ServerSettings["tls"], accept: Accept): Server {
  const options = { ...tlsOptions(tls), noDelay: true, handshakeTimeout: HANDSHAKE_MS };
  // Who wants a certificate and gets one that nobody vouches for is refused below.
  const rejectUnauthorized = tls.clientAuth === "need";
  const server = createTlsServer({ ...options, rejectUnauthorized });
  server.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    const proven = provenBy(socket);
    if (proven === null) socket.destroy();
    else accept(socket, proven);
  });
  // A handshake that fails is the client's affair.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** What the client's certificate proves; null for one that is not trusted. None is none where none is needed. */
function provenBy(socket: TLSSocket): readonly Identity[] | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return NOBODY;
  if (!socket.authorized) return null;
  try {
    return [certificateIdentity(certificate.raw)];
  } catch {
    return null;
  }
}

/** A plain port that takes TLS, too: the first byte says what a client speaks. */
function unifiedServer(secure: Server, plain: (socket: Socket) => void): Server {
  return createPlainServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy());
    socket.once("end", () => socket.destroy());
    socket.once("data", (chunk) => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout").removeAllListeners("end");
      socket.pause();
      socket.unshift(chunk);
      if (chunk[0] === TLS_HANDSHAKE) {
        secure.emit("connection", socket);
        return;
      }
      // Before it is taken: who takes it may want to read it later.
      socket.resume();
      plain(socket);
    });
  });
}
