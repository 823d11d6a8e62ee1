/**
 * `npm run generate`: writes the files that are made from others.
 *
 * - runner/shipped-files.ts: the scenarios as a module, since a browser has no file system
 * - docs/scenario.schema.json: the form of a scenario, for editors
 */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { schemaText, shippedModule } from "../runner/generate.ts";

const PRINT_WIDTH = 100;

writeFileSync(
  "runner/shipped-files.ts",
  await format(shippedModule("scenarios"), { parser: "typescript", printWidth: PRINT_WIDTH }),
);
writeFileSync(
  "docs/scenario.schema.json",
  await format(schemaText(), { parser: "json", printWidth: PRINT_WIDTH }),
);
