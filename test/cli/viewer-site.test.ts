import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UsageError } from "../../cli/exit.ts";
import { serveViewer } from "../../cli/viewer-site.ts";

const folder = mkdtempSync(join(tmpdir(), "zootrope-test-"));
const built = join(folder, "viz");
mkdirSync(join(built, "assets"), { recursive: true });
writeFileSync(join(built, "index.html"), "<title>viewer</title>");
writeFileSync(join(folder, "run.zt"), "trace bytes");
writeFileSync(join(folder, "secret"), "secret");
afterAll(() => rmSync(folder, { recursive: true }));

test("the viewer is served on loopback with its trace, and nothing beside it", async () => {
  const site = await serveViewer([join(folder, "run.zt")], 0, built);
  try {
    const base = new URL(site.address);
    expect(base.hostname).toBe("127.0.0.1");
    expect(base.searchParams.get("trace")).toBe("traces/0.zt");
    expect(await text(new URL("/", base))).toBe("<title>viewer</title>");
    expect(await text(new URL("traces/0.zt", base))).toBe("trace bytes");
    for (const path of ["/nothing", "/traces/1.zt", "/..%2fsecret", "/%2e%2e/secret", "/%zz"]) {
      expect([path, (await fetch(new URL(path, base))).status]).toEqual([path, 404]);
    }
  } finally {
    await site.close();
  }
});

test("a port that is taken is reported in one line", async () => {
  const site = await serveViewer([], 0, built);
  try {
    const port = Number(new URL(site.address).port);
    await expect(serveViewer([], port, built)).rejects.toThrow(
      new UsageError(`cannot listen at 127.0.0.1:${port}: address already in use`),
    );
  } finally {
    await site.close();
  }
});

async function text(address: URL): Promise<string> {
  return (await fetch(address)).text();
}
