import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTrace } from "../../runner/trace-store.ts";

const folder = mkdtempSync(join(tmpdir(), "zootrope-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

test(
  "Ctrl-C ends a run with exit code 130, its report and its trace",
  { timeout: 60_000 },
  async () => {
    const file = join(folder, "cut.zt");
    // A signal that comes before the run has begun just ends the process: then it comes later the next time.
    let ended = await interrupted(file, 1500);
    for (let afterMs = 3000; ended.code === null && afterMs < 25_000; afterMs *= 2) {
      ended = await interrupted(file, afterMs);
    }

    const outcome = JSON.parse(ended.out) as { stopped: string; traceHash: string };
    expect(ended.code).toBe(130);
    expect(outcome.stopped).toBe("interrupted");
    expect((await readTrace(file)).footer?.hash).toBe(outcome.traceHash);
  },
);

/** Interrupts a run that has no other end, after so long. */
async function interrupted(
  file: string,
  afterMs: number,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const words = ["run", "leader-crash", "--until", "1000000s", "--trace", file, "--json"];
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...words]);
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGINT");
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out };
}
