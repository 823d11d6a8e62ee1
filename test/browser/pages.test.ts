import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeSampleTrace, SAMPLE_HEADER } from "../support/sample-trace.ts";
import { shippedScenario } from "../../runner/shipped.ts";
import { traceBytes, viewerPages, type ViewerPages } from "../support/viewer-pages.ts";

let pages: ViewerPages;
let bytes: Uint8Array;
let axe: string;
/** Where pictures go, if somebody wants them. */
const PICTURES = process.env["PICTURES"];

beforeAll(async () => {
  bytes = await traceBytes(makeSampleTrace());
  const scenario = { name: "lock", title: "", text: shippedScenario("lock")?.text ?? "" };
  const header = { ...SAMPLE_HEADER, version: "9.1.0", scenario, seed: "7" };
  pages = await viewerPages({
    "sample.zt": bytes,
    "second.zt": await traceBytes(makeSampleTrace("agreement: broken")),
    "other.zt": new TextEncoder().encode(`zootrope-trace 9\n${JSON.stringify(header)}\n`),
    "broken.zt": bytes.slice(0, bytes.length - 40),
    "text.zt": new TextEncoder().encode("2026-11-21 10:00:00 INFO binding to port\n"),
  });
  axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
});

afterEach(() => pages.closePages());
afterAll(() => pages?.close());

test("a file that is dropped anywhere opens", async () => {
  const page = await pages.open("");
  await page.waitForSelector("body[data-page=start]");

  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(content)], "run.zt"));
    return data;
  }, Array.from(bytes));
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });

  await page.waitForSelector("body[data-page=run]");
  expect(await page.textContent(".bar .run b")).toBe("leader-crash");
});

test("a story of the first page runs in the page itself", async () => {
  const page = await pages.open("");
  await page.waitForSelector("body[data-scenarios]");

  await page.click(".card a >> nth=0");
  await page.waitForSelector("body[data-page=run]");

  expect(await page.locator(".peer").count()).toBe(3);
  expect(await page.textContent("h1")).not.toBe("");
});

test.each([
  ["text.zt", "foreign", "This is not a Zootrope trace."],
  ["other.zt", "version", "This trace was written by Zootrope 9.1.0."],
  ["broken.zt", "damaged", "This trace is damaged."],
])("%s is refused in one sentence that says why", async (file, kind, title) => {
  const page = await pages.open(`?trace=${file}`);
  await page.waitForSelector("body[data-page=problem]");

  expect(await page.getAttribute(".notice", "data-problem")).toBe(kind);
  expect(await page.textContent(".notice h1")).toBe(title);
  expect(await page.textContent(".notice p")).not.toContain("at Object");
});

test("a trace of another version can be run again with this one", async () => {
  const page = await pages.open("?trace=other.zt");
  await page.waitForSelector("body[data-page=problem]");

  await page.click(".notice .main");
  await page.waitForSelector("body[data-page=run]");

  expect(await page.textContent(".bar .run")).toContain("lock");
  expect(await page.textContent(".bar .run")).toContain("seed 7");
});

test("of several traces each can be chosen", async () => {
  const page = await pages.openRun(
    "?trace=sample.zt&file=sample.zt&name=good.zt&file=second.zt&name=bad.zt",
  );

  await page.selectOption("select", { label: "bad.zt" });
  await page.waitForSelector(".cap[data-tone=violation]");

  expect(new URL(page.url()).searchParams.get("trace")).toBe("second.zt");
  expect(await page.locator("option").allTextContents()).toEqual(["good.zt", "bad.zt"]);
});

test("every control has a name, and the page has one main heading", async () => {
  const page = await pages.openRun("?trace=sample.zt&at=12.48");

  const nameless = await page.$$eval("button, a, input, [tabindex='0']", (controls) =>
    controls
      .filter(
        (control) => !control.hasAttribute("aria-label") && control.textContent?.trim() === "",
      )
      .map((control) => control.outerHTML),
  );
  expect(nameless).toEqual([]);
  expect(await page.locator("h1").count()).toBe(1);
});

test.each([
  [1400, 900, "light"],
  [1400, 900, "dark"],
  [1024, 800, "light"],
  [768, 1000, "dark"],
  [360, 780, "light"],
  [360, 780, "dark"],
] as const)("at %i × %i, %s, a run fits and axe finds nothing wrong", async (...look) => {
  const [width, height, theme] = look;
  const page = await pages.openRun("?trace=sample.zt", { width, height, theme });

  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(width);
  expect(await faultsOf(page)).toEqual([]);
  if (PICTURES === undefined) return;
  const picture = await page.screenshot({ fullPage: width < 1400 });
  await writeFile(join(PICTURES, `run-${width}-${theme}.png`), picture);
});

test.each([
  ["the first page", "", "body[data-scenarios]", 1400, "light"],
  ["the first page", "", "body[data-scenarios]", 360, "dark"],
  ["a refusal", "?trace=text.zt", "body[data-page=problem]", 1400, "light"],
] as const)("axe finds nothing wrong with %s", async (...given) => {
  const [, query, ready, width, theme] = given;
  const page = await pages.open(query, { width, theme });
  await page.waitForSelector(ready);

  expect(await faultsOf(page)).toEqual([]);
});

async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: judge } = globalThis as unknown as {
      axe: { run: (node: Document) => Promise<AxeResults> };
    };
    const { violations } = await judge.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  });
}
