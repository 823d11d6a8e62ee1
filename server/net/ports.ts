import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { HostPort } from "../../core/ensemble/address.ts";
import type { Port } from "../../core/message.ts";
import type { ServerSettings } from "../config/settings.ts";
import { listen, type Listener } from "./listener.ts";

/** ms between two tries to have the election port. */
const BIND_RETRY_MS = 1000;
/** The real server's code for an election port that cannot be had. */
const UNABLE_TO_BIND = 14;
const ANY_HOST = "0.0.0.0";

/** The election and quorum ports of a server, which open and close as its core asks. */
export type PeerPorts = {
  readonly open: (port: Port) => void;
  readonly close: (port: Port) => void;
  readonly closeAll: () => void;
};

/**
 * @param addresses where a port is at present: a reconfiguration may move it
 * @param accept takes a connection
 * @param failed hears that a port cannot be had: for an election port that ends the server
 */
export function peerPorts(
  { electionBindRetries, quorumListenOnAllIPs }: ServerSettings,
  addresses: (port: Port) => readonly HostPort[],
  accept: (port: Port, socket: Socket) => void,
  failed: (port: Port, exitCode: number | null, reason: string) => void,
): PeerPorts {
  const wanted = new Map<Port, Listener[]>();
  const close = (port: Port): void => {
    for (const listener of wanted.get(port) ?? []) listener.close();
    wanted.delete(port);
  };
  const openAt = async (port: Port, address: HostPort, mine: Listener[]): Promise<void> => {
    for (let tries = 1; wanted.get(port) === mine; tries++) {
      try {
        const listener = await listen({
          address,
          backlog: -1,
          accept: (socket) => {
            accept(port, socket);
          },
        });
        if (wanted.get(port) === mine) mine.push(listener);
        else listener.close();
        return;
      } catch (error) {
        const reason = `${address.host}:${address.port}: ${(error as Error).message}`;
        const isLast = port !== "election" || tries === electionBindRetries;
        failed(port, isLast && port === "election" ? UNABLE_TO_BIND : null, reason);
        if (isLast) return;
        await pause(BIND_RETRY_MS);
      }
    }
  };
  return {
    open: (port) => {
      close(port);
      const mine: Listener[] = [];
      wanted.set(port, mine);
      for (const address of addresses(port)) {
        const host = quorumListenOnAllIPs ? ANY_HOST : address.host;
        void openAt(port, { host, port: address.port }, mine);
      }
    },
    close,
    closeAll: () => {
      for (const port of [...wanted.keys()]) close(port);
    },
  };
}
