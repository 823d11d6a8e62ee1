import { connect as connectSocket, Socket } from "node:net";
import type { Address } from "./listener.ts";

const PORT_MAX = 65_535;

/**
 * Opens a socket to an election or quorum address, `host:port` or several of them joined by `|`:
 * the first is tried; the core comes back for another try by itself. An address that is none, as anybody may send
 * at an election port, is one that cannot be reached.
 */
export function connectTo(address: string): Socket {
  const { host, port } = addressOf(address);
  if (host === "" || !Number.isInteger(port) || port < 1 || port > PORT_MAX) {
    return new Socket().destroy();
  }
  try {
    return connectSocket({ host, port, noDelay: true });
  } catch {
    return new Socket().destroy();
  }
}

/** Splits `host:port`; an IPv6 host stands in brackets. */
export function addressOf(text: string): Address {
  const [first = ""] = text.split("|");
  const at = first.lastIndexOf(":");
  const host = first.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(first.slice(at + 1)) };
}
