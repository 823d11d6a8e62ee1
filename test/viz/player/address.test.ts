import { expect, test } from "vitest";
import { readAddress, writeAddress } from "../../../viz/player/address.ts";

test.each([
  { trace: null, scenario: "leader-crash", seed: "007", atUs: 12_480_125 },
  { trace: "traces/a b.zt", scenario: null, seed: null, atUs: 0 },
  { trace: null, scenario: null, seed: null, atUs: null },
])("an address reads back as it was written", (address) => {
  expect(readAddress(writeAddress(address).replace("./", ""))).toEqual(address);
});
