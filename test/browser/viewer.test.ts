import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { recordCase } from "../../runner/hunt/record-case.ts";
import { readScenarioInput } from "../../runner/scenario/parse.ts";
import { attempt } from "../../runner/shrink/attempt.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { FAILING_DEFECT, FAILING_SCENARIO } from "../support/failing-scenario.ts";
import { makeLongTrace, makeSampleTrace } from "../support/sample-trace.ts";
import { traceBytes, viewerPages, type Look, type ViewerPages } from "../support/viewer-pages.ts";

let pages: ViewerPages;

const COUNTEREXAMPLE = counterexample();

/** A run that a hunt could have found: it goes on a little behind its violation. */
function counterexample(): { trace: Trace; failedAtUs: number; check: string } {
  const input = readScenarioInput(FAILING_SCENARIO, "test");
  const { violation } = attempt(input, [FAILING_DEFECT]);
  if (violation === null) throw new Error("the scenario fails no more");
  const { trace } = recordCase(input, [FAILING_DEFECT], violation.atMs);
  return { trace, failedAtUs: Math.round(violation.atMs * 1000), check: violation.check };
}

beforeAll(async () => {
  pages = await viewerPages({
    "sample.zt": await traceBytes(makeSampleTrace()),
    "long.zt": await traceBytes(makeLongTrace(120_000)),
    "counterexample.zt": await traceBytes(COUNTEREXAMPLE.trace),
    "violated.zt": await traceBytes(makeSampleTrace("agreement: 2 and 4 applied different writes")),
  });
});

afterEach(() => pages.closePages());
afterAll(() => pages?.close());

function openSample(atS: number, look: Look = {}): Promise<Page> {
  return pages.openRun(`?trace=sample.zt&at=${atS}`, look);
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
  const page = await pages.openRun("?trace=violated.zt&at=1");

  await stepWith(page, ".");

  expect(await dataOf(page, "at-us")).toBe("19812000");
  expect(await page.getAttribute(".cap", "data-tone")).toBe("violation");
  expect(await page.textContent("h1")).toBe("agreement: 2 and 4 applied different writes.");
});

test("a counterexample opens at its violation, which is explained", async () => {
  const page = await pages.openRun("?trace=counterexample.zt");

  expect(await dataOf(page, "at-us")).toBe(String(COUNTEREXAMPLE.failedAtUs));
  expect(await page.getAttribute(".cap", "data-tone")).toBe("violation");
  expect(await page.textContent("h1")).toContain(COUNTEREXAMPLE.check);
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
  const page = await pages.openRun("?trace=long.zt&at=3");
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

test("a run opens at the election that followed its first leader, with the deciding vote explained", async () => {
  const page = await pages.openRun("?trace=sample.zt");

  expect(Number(await dataOf(page, "at-us"))).toBeGreaterThan(12_400_000);
  expect(await page.textContent("h1")).toMatch(/^Server 4 is elected|^Server \d follows 4/);
  expect(await page.textContent(".why h3")).toMatch(/^Why did \d change its vote\?$/);
});

test("pointing near a message picks it", async () => {
  const page = await openSample(12.48);
  const box = await page.locator(".stage").boundingBox();
  if (box === null) throw new Error("there is no field");

  // The lanes are crossed slowly, until a line is near.
  for (let y = 40; y < 300 && (await page.getAttribute(".stage", "data-near")) !== "true"; y += 4) {
    await page.mouse.move(box.x + box.width / 3, box.y + y);
  }
  expect(await page.getAttribute(".stage", "title")).toMatch(/\d → \d, (heard|lost|held|open)$/);
  await page.mouse.down();
  await page.mouse.up();

  await page.waitForSelector('.app:not([data-selected=""])');
  expect(await page.textContent(".why h2")).toMatch(/\d → \d$/);
});

test("the tab key goes through the page in the order of reading, up and down from server to server", async () => {
  const page = await openSample(12.48);
  const stops: string[] = [];

  for (let press = 0; press < 30 && stops.at(-1) !== "over"; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const focused = document.activeElement;
      return (
        (focused?.closest("[data-pane], .bar, .tp, .over") as HTMLElement | null)?.id ||
        focused?.closest("[data-pane], .bar, .tp, .over")?.className
      );
    });
    if (stop !== undefined && stop !== stops.at(-1)) stops.push(stop);
  }
  expect(stops).toEqual(["bar", "ring", "log", "field", "why", "tp", "over"]);

  await page.focus('.press[data-sid="1"]');
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-sid"))).toBe("2");
});
