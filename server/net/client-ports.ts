import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { HostPort } from "../../core/ensemble/address.ts";
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

/** Where clients are listened to. */
export type ClientPorts = {
  /** Moves the plain port; who is connected stays connected. */
  readonly move: (to: HostPort) => void;
  readonly close: () => void;
};

/**
 * Listens for clients, before anything else is done: a port that is taken ends the start without having harmed anybody.
 *
 * @param failed hears that a reconfiguration has named a port that cannot be had
 * @throws Error of the system when a port cannot be had
 * @throws StoreError when the certificates of a secure port cannot be used
 */
export async function openClientPorts(
  { client, secureClient, clientBacklog: backlog, tls }: ServerSettings,
  accept: Accept,
  failed: (address: HostPort, error: Error) => void,
): Promise<ClientPorts> {
  const isUnified = client !== null && tls.portUnification;
  const secure = secureClient !== null || isUnified ? secureServer(tls, accept) : null;
  const plain = (socket: Socket): void => accept(socket, NOBODY);
  const listenAt = (address: HostPort): Promise<Listener> =>
    isUnified && secure !== null
      ? listenWith(unifiedServer(secure, plain), address, backlog)
      : listen({ address, backlog, accept: plain });
  let wanted = client;
  let open = client === null ? null : await listenAt(client);
  let secureListener: Listener | null = null;
  try {
    if (secureClient !== null && secure !== null) {
      secureListener = await listenWith(secure, secureClient, backlog);
    }
  } catch (error) {
    open?.close();
    throw error;
  }
  const moveTo = async (address: HostPort): Promise<void> => {
    try {
      const moved = await listenAt(address);
      if (wanted === address) open = moved;
      else moved.close();
    } catch (error) {
      failed(address, error as Error);
    }
  };
  return {
    move: (to) => {
      open?.close();
      open = null;
      wanted = to;
      void moveTo(to);
    },
    close: () => {
      open?.close();
      secureListener?.close();
      wanted = null;
    },
  };
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
