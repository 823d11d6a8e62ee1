import { expect, test } from "vitest";
import { signatureOf } from "../../../runner/hunt/signature.ts";

test("two violations of one kind share a signature, whatever their servers, zxids and paths", () => {
  const check = "S4 committed prefix";
  const one = signatureOf({ check, message: "server 1 has 0x100000004 at /a/b, 12.5 ms late" });

  expect(one).toBe("S4 committed prefix: server # has # at /…, # ms late");
  expect(signatureOf({ check, message: "server 3 has 0x2 at /c, 7 ms late" })).toBe(one);
});

test("another check, or another kind of message, is another failure", () => {
  const message = "server 1 is ahead of 2";

  expect(signatureOf({ check: "S4 committed prefix", message })).not.toBe(
    signatureOf({ check: "S8 log matching", message }),
  );
  expect(signatureOf({ check: "S4 committed prefix", message })).not.toBe(
    signatureOf({ check: "S4 committed prefix", message: "server 1 is behind 2" }),
  );
});
