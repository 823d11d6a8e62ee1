import { beforeAll, expect, test } from "vitest";
import { DEFECTS } from "../../core/defects.ts";
import { zootrope } from "../support/command.ts";

// The command loads the whole simulator, which the first test would else have to wait for.
beforeAll(async () => {
  await import("../../cli/commands/bugs.ts");
}, 60_000);

test("bugs lists every defect with what is wrong", async () => {
  const { code, out } = await zootrope("bugs");
  expect(code).toBe(0);
  for (const { id, slug } of DEFECTS) expect(out).toContain(`${id}  ${slug}\n`);
});

test("bugs tells the story of one, however it is named, and how to see it", async () => {
  const { out } = await zootrope("bugs", "ack-before-log");
  expect(out).toContain("What a leader showed its clients is gone");
  expect(out).toContain(" 3. Server 2 comes back with what is on its disk.");
  expect(out).toContain("zootrope run 3911-ack-before-log --defect ZOOKEEPER-3911\n");
  expect(out).toContain("zootrope hunt --defect ZOOKEEPER-3911\n");
  expect((await zootrope("bugs", "3911")).out).toBe(out);
});

test("bugs --json has one object for each", async () => {
  const { out } = await zootrope("bugs", "--json");
  const { bugs } = JSON.parse(out) as { bugs: Record<string, string>[] };
  expect(bugs.map(({ id }) => id)).toEqual(DEFECTS.map(({ id }) => id));
  expect(bugs[0]).toEqual({
    id: "ZOOKEEPER-1154",
    title: "A proposal that nobody else has is not cut off",
    slug: "diff-without-trunc",
    wrong: DEFECTS[0]?.wrong,
    source: DEFECTS[0]?.source,
    scenario: "1154-diff-without-trunc",
  });
});

test(
  "bugs --verify proves that one shows with its defect and not without, and looks for it",
  { timeout: 90_000 },
  async () => {
    const { code, out } = await zootrope("bugs", "1367", "--verify", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      bugs: [
        {
          id: "ZOOKEEPER-1367",
          title: "A lock outlives its session",
          firesWithDefect: true,
          quietWithout: true,
          check: "S17 session table equals history",
          events: expect.any(Number) as number,
          faults: 2,
          seedsToFind: expect.any(Number) as number,
          secondsToFind: expect.any(Number) as number,
        },
      ],
    });
  },
);

test("bugs refuses one that there is not, and names the nearest", async () => {
  const { code, out, err } = await zootrope("bugs", "ack-before-lock");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(
    /^bugs {2}unknown defect "ack-before-lock", did you mean "ack-before-log"\? [^\n]*\n$/,
  );
});
