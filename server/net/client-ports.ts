import type { Socket } from "node:net";
import type { ServerSettings } from "../config/settings.ts";
import { listen, type Listener } from "./listener.ts";

/**
 * Listens for clients, before anything else is done: a port that is taken ends the start without having harmed anybody.
 *
 * @throws Error of the system when a port cannot be had
 */
export async function openClientPorts(
  { client, clientBacklog: backlog }: ServerSettings,
  accept: (socket: Socket) => void,
): Promise<Listener[]> {
  if (client === null) return [];
  return [await listen({ address: client, backlog, accept })];
}
