/**
 * `npx tsx scripts/picture.ts`: the pictures of the README, docs/picture-light.png and docs/picture-dark.png.
 *
 * They are what the built viewer shows when the leader-crash scenario is opened, at the moment at which it
 * opens by itself. The build has to be fresh: `npm run build` first.
 */
import { statSync } from "node:fs";
import { serveViewer } from "../cli/viewer-site.ts";
import { launchChromium } from "../test/support/chromium.ts";

const SIZE = { width: 1400, height: 900 };

const site = await serveViewer([], 0);
const browser = await launchChromium();
try {
  for (const theme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme: theme });
    await page.goto(`${site.address}?scenario=leader-crash`);
    await page.waitForSelector("body[data-page=run] .msg[data-selected=true]");
    const path = `docs/picture-${theme}.png`;
    await page.screenshot({ path, animations: "disabled" });
    process.stdout.write(`${path}  ${Math.round(statSync(path).size / 1000)} kB\n`);
  }
} finally {
  await browser.close();
  await site.close();
}
