import { connect as connectSocket, type Socket } from "node:net";
import type { Address } from "./listener.ts";

/**
 * Opens a socket to an election or quorum address, `host:port` or several of them joined by `|`:
 * the first is tried; the core comes back for another try by itself.
 */
export function connectTo(address: string): Socket {
  const { host, port } = addressOf(address);
  return connectSocket({ host, port, noDelay: true });
}

/** Splits `host:port`; an IPv6 host stands in brackets. */
export function addressOf(text: string): Address {
  const [first = ""] = text.split("|");
  const at = first.lastIndexOf(":");
  const host = first.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(first.slice(at + 1)) };
}
