import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/*
 * The package as its users have it: packed, unpacked into another project's node_modules beside the packages that it
 * asks for, and nothing else of this checkout. Needs `npm run build`, as the command's own tests do.
 */

const PATIENCE_MS = 180_000;
const project = mkdtempSync(join(tmpdir(), "zootrope-package-"));
const modules = resolve("node_modules");
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
};

beforeAll(() => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", project]);
  const [archive] = readdirSync(project).filter((file) => file.endsWith(".tgz"));
  const target = join(project, "node_modules", "zootrope");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(project, archive ?? ""), "-C", target, "--strip", "1"]);
  for (const name of Object.keys(manifest.dependencies)) install(name);
  write("package.json", JSON.stringify({ name: "user", type: "module" }));
}, PATIENCE_MS);

afterAll(() => rmSync(project, { recursive: true }));

test("what it exports is all there, with its types", () => {
  const root = join(project, "node_modules", "zootrope");

  const missing = Object.values(manifest.exports)
    .flatMap((file) => (file.endsWith(".js") ? [file, file.replace(/\.js$/, ".d.ts")] : [file]))
    .filter((file) => !existsSync(join(root, file)));

  expect(missing).toEqual([]);
  expect(Object.keys(manifest.exports)).toContain("./kernel");
});

test("zootrope and zootrope/kernel do without fast-check", () => {
  write(
    "without.js",
    `import { simulate } from "zootrope";
     import { createKernel, run, schedule } from "zootrope/kernel";
     const kernel = createKernel();
     schedule(kernel, 1500, 0, 0);
     run(kernel, 2000, () => undefined);
     console.log(kernel.turnCount, simulate({ ensemble: { servers: 3 } }).violations.length);`,
  );

  const { stdout, stderr } = runNode(["without.js"]);

  expect({ stdout, stderr }).toEqual({ stdout: "1 0\n", stderr: "" });
});

test("a bundle holds what is imported, and not the rest", { timeout: PATIENCE_MS }, async () => {
  const stream = await bundle(`export { openStream, integer } from "zootrope/kernel";`);
  const checks = await bundle(`export { CHECK_NAMES } from "zootrope";`);

  expect(stream).toContain("xor4096");
  expect(stream).not.toMatch(/createNetwork|listeners/);
  expect(checks).toContain("committed prefix");
  expect(checks.length).toBeLessThan(2000);
});

describe("with fast-check beside it", () => {
  beforeAll(() => {
    for (const name of ["fast-check", "vitest", "typescript", "@types/node"]) install(name);
    for (const [file, code] of examples()) write(file, code);
    write("all.ts", `export * as a from "zootrope";\n${exportedFrom("fast-check", "kernel")}`);
  });

  test("every declaration is whole, for the strictest reader", { timeout: PATIENCE_MS }, () => {
    writeConfig({ skipLibCheck: false, types: [], lib: ["es2023", "dom"] }, ["all.ts"]);

    expect(typecheck()).toEqual({ status: 0, stdout: "" });
  });

  test("the examples of docs/library.md compile", { timeout: PATIENCE_MS }, () => {
    const files = examples().map(([file]) => file);
    expect(files.length).toBeGreaterThan(4);
    writeConfig({ skipLibCheck: true, types: ["node"], lib: ["es2023"] }, files);

    expect(typecheck()).toEqual({ status: 0, stdout: "" });
  });

  test("the examples of docs/library.md pass", { timeout: PATIENCE_MS }, () => {
    const { status, stdout, stderr } = runNode(["node_modules/vitest/vitest.mjs", "run"]);

    expect({ status, said: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});

/** The code blocks that name a file; those of one name are one file. */
function examples(): [file: string, code: string][] {
  const page = readFileSync("docs/library.md", "utf8");
  const files = new Map<string, string>();
  for (const [, file = "", code = ""] of page.matchAll(/```ts (\S+)\n([\s\S]*?)```/g)) {
    files.set(file, (files.get(file) ?? "") + code);
  }
  return [...files];
}

function exportedFrom(...parts: readonly string[]): string {
  return parts.map((part, index) => `export * as b${index} from "zootrope/${part}";`).join("\n");
}

function install(name: string): void {
  const link = join(project, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(join(modules, name), link, "dir");
}

function write(file: string, text: string): void {
  writeFileSync(join(project, file), text);
}

function writeConfig(options: Record<string, unknown>, files: readonly string[]): void {
  const compilerOptions = {
    target: "es2023",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    ...options,
  };
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
}

function typecheck(): { status: number | null; stdout: string } {
  const { status, stdout } = runNode(["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
  return { status, stdout };
}

function runNode(args: readonly string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

async function bundle(entry: string): Promise<string> {
  write("entry.js", entry);
  const built = await build({
    root: project,
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      minify: false,
      lib: { entry: "entry.js", formats: ["es"] },
    },
  });
  const outputs = Array.isArray(built) ? built : [built];
  return outputs
    .flatMap((one) => ("output" in one ? one.output : []))
    .map((chunk) => (chunk.type === "chunk" ? chunk.code : ""))
    .join("\n");
}
