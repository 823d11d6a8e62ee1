import type { ServerEffect } from "../effect.ts";
import type { AfterEpoch, EpochName, EpochWait, Server } from "../server-state.ts";
import { encodeEpoch } from "./epoch-file.ts";

/**
 * Writes an epoch file so that a crash leaves the old value or the new one: a temporary file, made durable,
 * renamed over the old one, and the rename made durable too. Each step can be the last before a crash.
 */
export function writeEpoch(
  server: Server,
  name: EpochName,
  epoch: number,
  next: AfterEpoch,
  out: ServerEffect[],
): void {
  const file = `${name}.tmp`;
  out.push({ kind: "write", file, bytes: encodeEpoch(epoch) });
  sync(server, file, { kind: "epochFile", name, epoch, next, renamed: false }, out);
}

/**
 * A step of {@link writeEpoch} is durable.
 *
 * @returns true when the whole is, and the server may act on the new epoch
 */
export function epochStepSynced(server: Server, wait: EpochWait, out: ServerEffect[]): boolean {
  if (!wait.renamed) {
    out.push({ kind: "rename", file: `${wait.name}.tmp`, to: wait.name });
    sync(server, wait.name, { ...wait, renamed: true }, out);
    return false;
  }
  server[wait.name] = wait.epoch;
  return true;
}

function sync(server: Server, file: string, wait: EpochWait, out: ServerEffect[]): void {
  const ticket = server.nextTicket++;
  server.waits.set(ticket, wait);
  out.push({ kind: "sync", files: [file], ticket });
}
