/**
 * `npm run deps`: holds every room to the import rules of .dependency-cruiser.mjs.
 *
 * A cruise that looked at nothing reports no violations. So each source file of each room is
 * counted on disk first, and must be among those cruised.
 */
import { existsSync, readdirSync } from "node:fs";
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import config from "../.dependency-cruiser.mjs";

const ROOMS = ["core", "sim", "runner", "library", "server", "cli", "viz", "test", "bench"];

const filesByRoom = new Map(
  ROOMS.filter((room) => existsSync(room))
    .map((room) => [room, sourceFilesOf(room)])
    .filter(([, files]) => files.length > 0),
);

if (filesByRoom.size === 0) {
  console.error(`import rules: nothing to look at in ${process.cwd()}`);
  process.exit(1);
}

const { options, forbidden } = config;
const { output } = await cruise(
  [...filesByRoom.keys()],
  { ...options, ruleSet: { forbidden }, validate: true },
  options.enhancedResolveOptions,
  { tsConfig: extractTSConfig(options.tsConfig.fileName) },
);

const cruised = new Set(output.modules.map((module) => module.source));
const missed = [...filesByRoom.values()].flat().filter((file) => !cruised.has(file));
const { violations } = output.summary;

for (const { from, to, rule, cycle } of violations) {
  const path = cycle?.length ? cycle.map((step) => step.name).join(" → ") : to;
  console.error(`${from} → ${path}  (${rule.name}: ${ruleNamed(rule.name).comment})`);
}
for (const file of missed) console.error(`${file} was not looked at`);

const counts = [...filesByRoom].map(([room, files]) => `${room} ${files.length}`).join(", ");
console.log(`import rules: ${violations.length} violations in ${cruised.size} modules (${counts})`);
if (violations.length > 0 || missed.length > 0) process.exitCode = 1;

function sourceFilesOf(room) {
  return readdirSync(room, { recursive: true })
    .map((file) => `${room}/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.[cm]?tsx?$/.test(file));
}

function ruleNamed(name) {
  return forbidden.find((rule) => rule.name === name);
}
