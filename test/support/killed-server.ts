/**
 * A process of its own for test/server/disk/kill.test.ts: creates znodes in the directory that it is told and says
 * `acked N` for each that was acknowledged, until it is killed.
 */
import { startOnDisk } from "./disk-server.ts";
import { create } from "./roles.ts";

const CLIENTS = 8;

const directory = process.argv[2];
if (directory === undefined) throw new Error("which directory?");
const server = await startOnDisk(directory, { snapCount: 500, preAllocBytes: 65_536 });
let next = 1;

async function createSome(): Promise<void> {
  const conn = await server.connect();
  for (;;) {
    const n = next++;
    const reply = await server.request(conn, create(`/n-${n}`));
    if (reply.err !== 0) throw new Error(`${n}: ${reply.err}`);
    process.stdout.write(`acked ${n}\n`);
  }
}

await Promise.all(Array.from({ length: CLIENTS }, createSome));
