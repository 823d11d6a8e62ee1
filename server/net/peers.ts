import { connect as connectSocket, Socket } from "node:net";
import { addressesOf, type HostPort } from "../../core/ensemble/address.ts";

const PORT_MAX = 65_535;
/** ms that one of several ways to a server has to be there. */
const WAY_PATIENCE_MS = 1000;
/** Servers with several addresses whose failures are remembered: anybody may name one at an election port. */
const REMEMBERED_MAX = 1000;

/**
 * Opens sockets to election and quorum addresses. Of several ways to a server one is tried at a time: a core that
 * could not get through comes back by itself, and then the next one is tried; one that leads there is kept.
 * An address that is none, as anybody may send at an election port, is one that cannot be reached.
 */
export function peerConnector(): (address: string) => Socket {
  const failures = new Map<string, number>();
  return (address) => {
    const ways = addressesOf(address);
    const failed = failures.get(address) ?? 0;
    const socket = connectTo(ways[failed % ways.length]);
    if (ways.length <= 1) return socket;
    const state = { open: false };
    socket.setTimeout(WAY_PATIENCE_MS, () => socket.destroy());
    socket.once("connect", () => {
      state.open = true;
      socket.setTimeout(0);
    });
    socket.once("close", () => {
      if (state.open) return;
      if (failures.size > REMEMBERED_MAX) failures.clear();
      failures.set(address, failed + 1);
    });
    return socket;
  };
}

function connectTo(way: HostPort | undefined): Socket {
  const { host, port } = way ?? { host: "", port: 0 };
  if (host === "" || !Number.isInteger(port) || port < 1 || port > PORT_MAX) {
    return new Socket().destroy();
  }
  try {
    return connectSocket({ host, port, noDelay: true });
  } catch {
    return new Socket().destroy();
  }
}
