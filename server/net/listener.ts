import { createServer, type Server, type Socket } from "node:net";
import type { HostPort } from "../../core/ensemble/address.ts";

/** A port that is listened on. */
export type Listener = { readonly address: HostPort; readonly close: () => void };

export type ListenSettings = {
  readonly address: HostPort;
  /** Connections that may wait to be accepted; −1 is the system's choice. */
  readonly backlog: number;
  readonly accept: (socket: Socket) => void;
};

/**
 * Listens on `address`.
 *
 * @throws Error of the system, as when the port is taken
 */
export function listen({ address, backlog, accept }: ListenSettings): Promise<Listener> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    // Whoever resets a connection that waits to be served must not end the server.
    socket.on("error", () => {});
    accept(socket);
  });
  return listenWith(server, address, backlog);
}

/** As {@link listen}, with a server that exists already (one for TLS). */
export function listenWith(server: Server, address: HostPort, backlog: number): Promise<Listener> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const { host, port } = address;
    server.listen({ host, port, ...(backlog > 0 ? { backlog } : {}) }, () => {
      server.off("error", reject);
      // A connection that could not be accepted harms nobody but itself.
      server.on("error", () => {});
      resolve({ address, close: () => server.close() });
    });
  });
}

/** The textual address of the other side; an IPv4 one that arrived over IPv6 is shown as what it is. */
export function remoteAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}

const MAPPED = "::ffff:";
