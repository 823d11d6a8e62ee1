/** Pages of the built viewer for tests: whatever one complains about fails the test that opened it. */
import type { Browser, Page } from "playwright";
import { encodeTrace, joinBytes } from "../../runner/trace-file.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { serveBuiltViewer } from "./built-viewer.ts";
import { launchChromium } from "./chromium.ts";

export type Look = {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** Asks for reduced motion. */
  readonly still?: boolean;
};

export type ViewerPages = {
  readonly open: (query: string, look?: Look) => Promise<Page>;
  /** Opens a run, and waits for it. */
  readonly openRun: (query: string, look?: Look) => Promise<Page>;
  /** Closes all pages that were opened, and throws if one had complained. */
  readonly closePages: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** @param files what is served beside the viewer, by name */
export async function viewerPages(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<ViewerPages> {
  const [viewer, browser] = await Promise.all([serveBuiltViewer(files), launchChromium()]);
  const opened: Page[] = [];
  let complaints: string[] = [];

  async function open(query: string, look: Look = {}): Promise<Page> {
    const page = await newPage(browser, look);
    opened.push(page);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(`${viewer.address}${query}`);
    return page;
  }

  return {
    open,
    openRun: async (query, look) => {
      const page = await open(query, look);
      await page.waitForSelector("body[data-page=run]");
      return page;
    },
    closePages: async () => {
      const heard = complaints;
      complaints = [];
      await Promise.all(opened.splice(0).map((page) => page.close()));
      if (heard.length > 0) throw new Error(`the page complained: ${heard.join("; ")}`);
    },
    close: async () => {
      await browser.close();
      await viewer.close();
    },
  };
}

function newPage(browser: Browser, look: Look): Promise<Page> {
  const { width = 1400, height = 900, theme = "light", still = false } = look;
  return browser.newPage({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: still ? "reduce" : "no-preference",
  });
}

export async function traceBytes(trace: Trace): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTrace(trace)) chunks.push(chunk);
  return joinBytes(chunks);
}
