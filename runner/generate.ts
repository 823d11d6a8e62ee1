import { readdirSync, readFileSync } from "node:fs";
import { scenarioJsonSchema } from "./scenario/schema.ts";

/** The files of `folder` and of the folders in it, by path, in an order that no machine changes. */
export function shippedFiles(folder: string): [path: string, text: string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/");
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The text of shipped-files.ts. */
export function shippedModule(folder: string): string {
  const entries = shippedFiles(folder).map(
    ([path, text]) => `  [${JSON.stringify(path)}, \`${text.replace(/[\\`$]/g, "\\$&")}\`],`,
  );
  return [
    "// Made by `npm run generate` from the files in scenarios/. Do not edit: edit those.",
    "",
    "/** Every file in scenarios/, by its path there. */",
    "export const SHIPPED_FILES: ReadonlyMap<string, string> = new Map([",
    ...entries,
    "]);",
    "",
  ].join("\n");
}

/** The text of scenario.schema.json. */
export function schemaText(): string {
  return JSON.stringify(scenarioJsonSchema(), null, 2);
}
