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
  { timeout: 30_000 },
  async () => {
    const file = join(folder, "cut.zt");
    const words = ["run", "leader-crash", "--until", "1000000s", "--trace", file, "--json"];
    const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...words]);
    let out = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));

    // The run is under way once the loader has gone quiet; a million seconds leave it no other end.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));

    const outcome = JSON.parse(out) as { stopped: string; traceHash: string };
    expect(code).toBe(130);
    expect(outcome.stopped).toBe("interrupted");
    expect((await readTrace(file)).footer?.hash).toBe(outcome.traceHash);
  },
);
