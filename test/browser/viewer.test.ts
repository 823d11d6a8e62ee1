import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { encodeTrace, joinBytes } from "../../runner/trace-file.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { serveBuiltViewer, type BuiltViewer } from "../support/built-viewer.ts";
import { launchChromium } from "../support/chromium.ts";
import { makeLongTrace, makeSampleTrace, SAMPLE_HEADER } from "../support/sample-trace.ts";

let viewer: BuiltViewer;
let browser: Browser;
let bytes: Uint8Array;
let pictures: string;
const opened: Page[] = [];
/** Whatever a page complains about fails the test that opened it. */
let complaints: string[] = [];

beforeAll(async () => {
  bytes = await bytesOf(makeSampleTrace());
  const other = `zootrope-trace 9\n${JSON.stringify({ ...SAMPLE_HEADER, version: "9.1.0" })}\n`;
  viewer = await serveBuiltViewer({
    "sample.zt": bytes,
    "long.zt": await bytesOf(makeLongTrace(120_000)),
    "violated.zt": await bytesOf(makeSampleTrace("agreement: 2 and 4 applied different writes")),
    "other.zt": new TextEncoder().encode(other),
    "broken.zt": bytes.slice(0, bytes.length - 40),
    "text.zt": new TextEncoder().encode("2026-11-21 10:00:00 INFO binding to port\n"),
  });
  browser = await launchChromium();
  pictures = process.env["PICTURES"] ?? (await mkdtemp(join(tmpdir(), "zootrope-pictures-")));
});

afterAll(async () => {
  await browser?.close();
  await viewer?.close();
});

afterEach(async () => {
  const heard = complaints;
  complaints = [];
  await Promise.all(opened.splice(0).map((page) => page.close()));
  if (heard.length > 0) throw new Error(`the page complained: ${heard.join("; ")}`);
});

async function bytesOf(trace: Trace): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTrace(trace)) chunks.push(chunk);
  return joinBytes(chunks);
}

type Look = { width?: number; height?: number; theme?: "light" | "dark"; still?: boolean };

async function open(query: string, look: Look = {}): Promise<Page> {
  const { width = 1400, height = 900, theme = "light", still = false } = look;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: still ? "reduce" : "no-preference",
  });
  opened.push(page);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${viewer.address}${query}`);
  return page;
}

async function openSample(atS: number, look: Look = {}): Promise<Page> {
  const page = await open(`?trace=sample.zt&at=${atS}`, look);
  await page.waitForSelector("body[data-page=run]");
  return page;
}

async function dataOf(page: Page, name: string): Promise<string> {
  return (await page.getAttribute(".app", `data-${name}`)) ?? "";
}

/** Presses a key and waits until the page shows another instant. */
async function stepWith(page: Page, key: string): Promise<void> {
  const rows = await dataOf(page, "rows");
  await page.keyboard.press(key);
  await page.waitForSelector(`.app:not([data-rows="${rows}"])`);
}

test("a trace opens at the instant of its address, the same in every pane", async () => {
  const page = await openSample(12.48);

  expect(await dataOf(page, "at-us")).toBe("12480000");
  expect(await page.textContent(".clock")).toBe("12.480000 s");
  const states = await page.$$eval(".peer", (peers) => peers.map((peer) => peer.dataset["state"]));
  expect(states).toEqual(["LOOKING", "LOOKING", "FOLLOWING", "LEADING", "crashed"]);
  const rows = await page.$$eval(".row", (logs) => logs.map((log) => log.dataset["life"]));
  expect(rows).toEqual(["running", "running", "running", "running", "crashed"]);
  const lanes = await page.$$eval(".lane-state", (words) => words.map((word) => word.textContent));
  expect(lanes).toEqual(["LOOKING", "LOOKING", "FOLLOWING", "LEADING", "CRASHED"]);
});

test("the arrows step through events, forth and back", async () => {
  const page = await openSample(12.199);
  const rows = await dataOf(page, "rows");

  await stepWith(page, "Shift+ArrowRight");
  expect(await page.textContent("h1")).toBe("Server 5, the leader, crashes.");
  expect(await page.getAttribute('.peer[data-sid="5"]', "data-state")).toBe("crashed");
  await stepWith(page, "ArrowRight");
  await stepWith(page, "ArrowLeft");
  expect(await page.getAttribute('.peer[data-sid="5"]', "data-state")).toBe("crashed");
  await stepWith(page, "ArrowLeft");
  expect(await dataOf(page, "rows")).toBe(rows);
  expect(await page.getAttribute('.peer[data-sid="5"]', "data-state")).toBe("LEADING");
});

test("home and end reach both ends of the run", async () => {
  const page = await openSample(12.48);

  await stepWith(page, "End");
  expect(await dataOf(page, "at-us")).toBe("30000000");
  await stepWith(page, "Home");
  expect(await dataOf(page, "at-us")).toBe("0");
});

test("space plays and pauses", async () => {
  const page = await openSample(12.2);

  await page.keyboard.press("Space");
  await page.waitForSelector(".app[data-playing=true]");
  await page.waitForFunction(() => {
    const app = document.querySelector<HTMLElement>(".app");
    return Number(app?.dataset["atUs"]) > 12_200_500;
  });
  await page.keyboard.press("Space");
  await page.waitForSelector(".app[data-playing=false]");
  expect(await page.getAttribute(".play", "aria-label")).toBe("Play");
});

test("with reduced motion play goes by rounds", async () => {
  const page = await openSample(12.199, { still: true });

  await page.keyboard.press("Space");
  await page.waitForFunction(() => {
    const app = document.querySelector<HTMLElement>(".app");
    return Number(app?.dataset["atUs"]) > 12_199_000;
  });

  expect(await page.textContent("h1")).toBe("Server 5, the leader, crashes.");
});

test("a vote that is picked is explained, and lights what led to it", async () => {
  const page = await openSample(12.48);

  await page.click(".vote-token >> nth=5", { force: true });
  await page.waitForSelector(".vote-token[data-selected=true]");

  expect(await page.textContent(".why h3")).toMatch(/^Why did \d change its vote\?$/);
  expect(await page.locator(".ops .win").count()).toBe(1);
  expect(await page.locator("path.cone").count()).toBeGreaterThan(0);
  await page.keyboard.press("Escape");
  await page.waitForSelector('.app[data-selected=""]');
  expect(await page.locator("path.cone").count()).toBe(0);
});

test("a number focuses its server in ring and logs", async () => {
  const page = await openSample(12.48);

  await page.keyboard.press("4");
  await page.waitForSelector('.peer[data-sid="4"][data-focused=true]');

  expect(await page.getAttribute('.row[data-sid="4"]', "data-focused")).toBe("true");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-sid"))).toBe("4");
});

test("dragging on the overview moves the instant", async () => {
  const page = await openSample(1);
  const box = await page.locator(".over").boundingBox();
  if (box === null) throw new Error("there is no overview");

  await page.mouse.click(box.x + box.width / 2, box.y + 14);
  await page.waitForFunction(() => {
    const app = document.querySelector<HTMLElement>(".app");
    return Number(app?.dataset["atUs"]) > 10_000_000;
  });
  expect(await page.getAttribute(".over svg", "aria-valuenow")).toMatch(/^1[4-7]\d{3}$/);
});

test("a full stop goes to the violation, which the caption tells", async () => {
  const page = await open("?trace=violated.zt&at=1");
  await page.waitForSelector("body[data-page=run]");

  await stepWith(page, ".");

  expect(await dataOf(page, "at-us")).toBe("19812000");
  expect(await page.getAttribute(".cap", "data-tone")).toBe("violation");
  expect(await page.textContent("h1")).toBe("agreement: 2 and 4 applied different writes.");
  await writeFile(join(pictures, "violation.png"), await page.screenshot());
});

test("the question mark lists the keys, T is the table of the focused pane, esc leaves", async () => {
  const page = await openSample(12.48);

  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.focus("#log");
  await page.keyboard.press("t");

  expect(await page.textContent("dialog h2")).toBe("Logs");
  expect(await page.locator("dialog tbody tr").count()).toBeGreaterThan(20);
});

test("zoomed out messages go to the canvas, and further out they are counted", async () => {
  const page = await open("?trace=long.zt&at=3");
  await page.waitForSelector("body[data-page=run]");
  const seen: string[] = [];

  for (let press = 0; press < 16 && seen.at(-1) !== "density"; press++) {
    const from = (await page.getAttribute(".stage", "data-from-us")) ?? "";
    seen.push((await page.getAttribute(".stage", "data-mode")) ?? "");
    await page.keyboard.press("[");
    await page.waitForSelector(`.stage:not([data-from-us="${from}"])`);
  }

  expect(new Set(seen)).toEqual(new Set(["svg", "canvas", "density"]));
  expect(await page.textContent(".field header span")).toMatch(/^[\d,]+ messages, counted/);
});

test("a file that is dropped anywhere opens", async () => {
  const page = await open("");
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
  const page = await open("");
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
  const page = await open(`?trace=${file}`);
  await page.waitForSelector("body[data-page=problem]");

  expect(await page.getAttribute(".notice", "data-problem")).toBe(kind);
  expect(await page.textContent(".notice h1")).toBe(title);
  expect(await page.textContent(".notice p")).not.toContain("at Object");
});

test("every control has a name, and the page has one main heading", async () => {
  const page = await openSample(12.48);

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
] as const)("at %d × %d, %s, nothing is wider than the page", async (width, height, theme) => {
  const page = await openSample(12.48, { width, height, theme });

  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(width);
  const picture = await page.screenshot({ fullPage: width < 1400 });
  await writeFile(join(pictures, `run-${width}-${theme}.png`), picture);
});
