import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
} from "vitest/config";
import { findChromium, NO_CHROMIUM } from "./test/support/chromium.ts";

const BROWSER_TESTS = "test/browser/**/*.test.ts";

const unit: TestProjectInlineConfiguration = {
  test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [BROWSER_TESTS] },
};

/** Whole pages: plain Playwright in Node against the built viewer, one page at a time. */
const browser: TestProjectInlineConfiguration = {
  test: {
    name: "browser",
    include: [BROWSER_TESTS],
    globalSetup: "test/support/require-chromium.ts",
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
};

const config: ViteUserConfig = defineConfig({
  test: { projects: canBrowse() ? [unit, browser] : [unit] },
});

export default config;

function canBrowse(): boolean {
  if (findChromium() !== undefined || process.env["CI"]) return true;
  console.warn(`\nBrowser tests SKIPPED: ${NO_CHROMIUM}\n`);
  return false;
}
