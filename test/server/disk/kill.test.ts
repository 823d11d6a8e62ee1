/** What a killed process acknowledged is on its disk. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startOnDisk } from "../../support/disk-server.ts";

const KILLED = new URL("../../support/killed-server.ts", import.meta.url).pathname;

test(
  "a killed server has everything on disk that it acknowledged",
  { timeout: 120_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "zootrope-kill-"));
    try {
      const acked: number[] = [];
      const ackedMin = [1, 300, 1500];
      for (const [life, count] of ackedMin.entries()) {
        const version2 = join(directory, String(life));
        acked.splice(0, acked.length, ...(await killAfter(version2, count)));
        expect(acked.length).toBeGreaterThanOrEqual(count);

        const again = await startOnDisk(version2);
        const { nodes } = again.server.database!.tree;
        await again.close();

        expect(acked.filter((n) => !nodes.has(`/n-${n}`))).toEqual([]);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

/** Runs the server until it has acknowledged so many, kills it at once, and tells all that it acknowledged. */
function killAfter(directory: string, count: number): Promise<number[]> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ["--import", "tsx", KILLED, directory], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split("\n").length > count) child.kill("SIGKILL");
    });
    child.on("close", (_code, signal) => {
      if (signal !== "SIGKILL") fail(new Error(errors));
      // A line that was cut off by the end was not said.
      else done([...text.matchAll(/acked (\d+)\n/g)].map(([, n]) => Number(n)));
    });
  });
}
