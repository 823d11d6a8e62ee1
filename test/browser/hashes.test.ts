import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SHIPPED_NAMES } from "../../runner/shipped.ts";
import { OTHER_SEED, pinnedHashes } from "../golden/pinned-hashes.ts";
import { launchChromium } from "../support/chromium.ts";

declare const zootrope: { hashOf(name: string, seed: string): string };

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  await page.addScriptTag({ content: await bundle() });
});

afterAll(() => browser.close());

// Determinism is the product: the golden hashes were made by Node.
test.for(SHIPPED_NAMES)("%s comes to the same hashes in Chromium as in Node", async (name) => {
  const hashes = await page.evaluate(
    ([scenario, other]) => ({
      own: zootrope.hashOf(scenario, ""),
      other: zootrope.hashOf(scenario, other),
    }),
    [name, OTHER_SEED] as const,
  );

  expect(hashes).toEqual(pinnedHashes()[name]);
});

/** The simulator and all scenarios as one script for a page. */
async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("./page/hashes.ts", import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: { entry, formats: ["iife"], name: "zootrope" },
    },
  });
  const [output] = [built].flat() as Rolldown.RolldownOutput[];
  const code = output?.output[0]?.code;
  if (code === undefined) throw new Error("nothing was bundled");
  return code;
}
