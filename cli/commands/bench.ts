import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UsageError } from "../exit.ts";

/** `zootrope bench [NAME…]`: the benchmarks, in a process of their own that may collect garbage when it wants. */
export function benchCommand(
  names: readonly string[],
  flags: { readonly json?: boolean },
): Promise<number> {
  const file = benchFile();
  const words = ["--expose-gc", file, ...names, ...(flags.json === true ? ["--json"] : [])];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { stdio: "inherit" });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function benchFile(): string {
  for (const place of ["../../bench/main.js", "../../dist/bench/main.js"]) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new UsageError("the benchmarks are not built: npm run build makes them in a checkout");
}
