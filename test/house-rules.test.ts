/** The house rules that no linter here can hold. The others are in .oxlintrc.json. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

type Rule = {
  readonly title: string;
  /** A line that breaks the rule, to show that it is seen. */
  readonly sample: string;
  readonly breaks: (node: ts.Node) => boolean;
};

const RULES: readonly Rule[] = [
  {
    title: "a power is a product: the last bit of ** differs between engines",
    sample: "let area = 3; area **= 2;",
    breaks: (node) =>
      ts.isBinaryExpression(node) &&
      (node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken ||
        node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken),
  },
  {
    title: "bytes are Uint8Array and DataView, in types too",
    sample: "function read(bytes: Buffer): void {}",
    breaks: (node) => ts.isIdentifier(node) && node.text === "Buffer",
  },
  {
    title: "nothing waits: no promise, in types neither",
    sample: "type Answer = PromiseLike<void>;",
    breaks: (node) => ts.isIdentifier(node) && /^Promise(Like)?$/.test(node.text),
  },
  {
    title: "a set of names is a union, not an enum",
    sample: "enum State { LOOKING }",
    breaks: (node) => ts.isEnumDeclaration(node),
  },
];

describe.each(RULES)("core and sim: $title", { timeout: 60_000 }, (rule) => {
  test("the rule sees what breaks it", () => {
    expect(findingsIn("sample.ts", rule.sample, rule)).toHaveLength(1);
  });

  test.each(["core", "sim"])("%s keeps it", (room) => {
    const files = sourceFilesOf(room);

    const findings = files.flatMap((file) => findingsIn(file, readFileSync(file, "utf8"), rule));

    expect(files, "files looked at").not.toHaveLength(0);
    expect(findings).toEqual([]);
  });
});

// A cruise reads every source file, which takes seconds on a busy machine.
describe("import rules", { timeout: 60_000 }, () => {
  test("every room imports only what it may, and every file was looked at", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK_IMPORTS], UTF8);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const room of ["core", "sim"]) {
      expect(stdout).toContain(`${room} ${sourceFilesOf(room).length}`);
    }
  });

  test("a check that looks at nothing fails", () => {
    const emptyFolder = mkdtempSync(join(tmpdir(), "zootrope-"));

    const { status, stderr } = spawnSync(process.execPath, [CHECK_IMPORTS], {
      ...UTF8,
      cwd: emptyFolder,
    });

    rmSync(emptyFolder, { recursive: true });
    expect(stderr).toContain("nothing to look at");
    expect(status).toBe(1);
  });
});

test("the lockfile names no download hosts", () => {
  const lockfile = readFileSync("package-lock.json", "utf8");

  expect(lockfile).toContain('"lockfileVersion"');
  expect(lockfile).not.toContain('"resolved"');
});

const CHECK_IMPORTS = resolve("scripts/check-imports.mjs");
const UTF8 = { encoding: "utf8" } as const;

function findingsIn(file: string, text: string, rule: Rule): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const findings: string[] = [];
  const visit = (node: ts.Node): void => {
    if (rule.breaks(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      findings.push(`${file}:${line + 1}  ${node.getText(source)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function sourceFilesOf(room: string): string[] {
  return readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(room, file));
}
