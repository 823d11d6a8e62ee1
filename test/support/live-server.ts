import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitions } from "../../server/config/command-line.ts";
import { loadSettings } from "../../server/config/load-settings.ts";
import { createServerLog } from "../../server/log/server-log.ts";
import { startServer } from "../../server/start.ts";
import { writeConfig, type ServerPlan } from "./apache.ts";
import type { Capture } from "./capture-replay.ts";

/** One of our servers inside this process, on real sockets and a real disk. */
export type ServerHere = { readonly clientPort: number; readonly stop: () => Promise<void> };

/** Starts one of ours in this process. A member of an ensemble need not serve yet. */
export async function startHere(plan: ServerPlan): Promise<ServerHere> {
  return await startFrom(writeConfig(plan), plan);
}

/** Starts one of ours with the zoo.cfg that it has. */
export async function startFrom(
  configFile: string,
  plan: Pick<ServerPlan, "clientPort" | "properties">,
): Promise<ServerHere> {
  const defined = (plan.properties ?? []).map((property) => `-D${property}`);
  const settings = loadSettings(configFile, definitions(defined));
  const log = createServerLog(settings, "ERROR", () => {});
  const { stop } = await startServer(settings, log);
  return { clientPort: plan.clientPort, stop };
}

/** A new directory, and what removes it. */
export function newDirectory(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), "zootrope-live-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

const BASE_LINES: readonly string[] = ["extendedTypesEnabled=true", "reconfigEnabled=true"];

const BASE_PROPERTIES: readonly string[] = [
  "zookeeper.DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=",
  "znode.container.checkIntervalMs=1000",
];

/** What the recorded server of a capture was told, beyond tickTime, directory and port (README.md of the captures). */
export function recordedPlan({
  extraConfig = [],
  withoutConfig = [],
  systemProperties = [],
}: Pick<Capture, "extraConfig" | "withoutConfig" | "systemProperties">): Required<
  Pick<ServerPlan, "lines" | "properties">
> {
  const isKept = (line: string): boolean => !withoutConfig.some((key) => line.startsWith(key));
  // The last of two lines counts: a server without a whitelist answers srvr alone.
  const noWords = withoutConfig.includes("4lw.commands.whitelist")
    ? ["4lw.commands.whitelist=srvr"]
    : [];
  return {
    lines: [...BASE_LINES.filter(isKept), ...noWords, ...extraConfig],
    properties: [
      ...BASE_PROPERTIES,
      ...systemProperties.map((property) => property.replace(/^-D/, "")),
    ],
  };
}
