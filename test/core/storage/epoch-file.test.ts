import { expect, test } from "vitest";
import { decodeEpoch, encodeEpoch } from "../../../core/storage/epoch-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("an epoch is decimal text without a newline", () => {
  expect(encodeEpoch(12)).toEqual(bytes("12"));
});

test.each([
  ["12", 12],
  ["12\n", 12],
  ["12\nrest", 12],
  ["12\r\n", 12],
  ["-1", -1],
  ["+3", 3],
])("%j is read as %d", (text, epoch) => {
  expect(decodeEpoch(bytes(text), "currentEpoch")).toEqual({ kind: "epoch", epoch });
});

test.each([
  ["", "Found null in currentEpoch"],
  ["\n", "Found  in currentEpoch"],
  ["12 ", "Found 12  in currentEpoch"],
  ["0x1", "Found 0x1 in currentEpoch"],
  ["9223372036854775808", "Found 9223372036854775808 in currentEpoch"],
])("%j is refused in the real server's words", (text, message) => {
  expect(decodeEpoch(bytes(text), "currentEpoch")).toEqual({ kind: "refused", message });
});
