/** The engines of Node and of the viewer's page must agree on all arithmetic that a run may use. */
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test("square roots and quotients have the same bits in Node and in Chromium", async () => {
  const page = await browser.newPage();

  const bitsInChromium = await page.evaluate(bitsOfArithmetic);

  expect(bitsInChromium).toHaveLength(20_000);
  expect(bitsInChromium).toEqual(bitsOfArithmetic());
});

/** Runs as source text in the page, so it may use nothing from outside itself. */
function bitsOfArithmetic(): string[] {
  const view = new DataView(new ArrayBuffer(8));
  const bits: string[] = [];
  for (let n = 1; n <= 10_000; n++) {
    for (const result of [Math.sqrt(n * 1.1), (n * n) / 7.3]) {
      view.setFloat64(0, result);
      bits.push(view.getBigUint64(0).toString(16));
    }
  }
  return bits;
}
