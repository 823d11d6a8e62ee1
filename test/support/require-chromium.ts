/** On a build machine a missing browser is a failure: skipped tests there would pass unseen. */
import { findChromium, NO_CHROMIUM } from "./chromium.ts";

export function setup(): void {
  if (findChromium() === undefined) throw new Error(NO_CHROMIUM);
}
