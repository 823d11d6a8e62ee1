import type { ServerEffect } from "../effect.ts";
import type { Server } from "../server-state.ts";
import { closeAllClients } from "./reply.ts";

/** The least time that a server looks for a leader before it serves reads without one. */
const GRACE_MS = 2000;

/**
 * Read-only mode: a server that looks for a leader in vain answers reads from its tree meanwhile, to clients that
 * are content with that.
 * @see spec client-protocol 10.6; ZooKeeper, server/quorum/ReadOnlyZooKeeperServer.java
 */
export function awaitReadOnly(server: Server, out: ServerEffect[]): void {
  const { options, tickMs } = server.config;
  if (!options.readOnlyMode || server.readOnly) return;
  out.push({ kind: "arm", timer: "readOnlyWait", of: 0, afterMs: Math.max(GRACE_MS, tickMs) });
}

/** Still looking: reads are served from here on. */
export function readOnlyWaitOver(server: Server, out: ServerEffect[]): void {
  if (server.state !== "LOOKING" || server.leaving || server.database === null) return;
  server.readOnly = true;
  server.serving = true;
  out.push({ kind: "warned", text: "Read-only server started" });
}

/** A role begins: its clients have to come again. */
export function endReadOnly(server: Server, out: ServerEffect[]): void {
  if (!server.config.options.readOnlyMode) return;
  out.push({ kind: "disarm", timer: "readOnlyWait", of: 0 });
  if (!server.readOnly) return;
  server.readOnly = false;
  server.serving = false;
  closeAllClients(server, out);
}
