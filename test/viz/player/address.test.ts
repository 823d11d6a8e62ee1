import { expect, test } from "vitest";
import { readAddress, START, writeAddress } from "../../../viz/player/address.ts";

test.each([
  { ...START, scenario: "leader-crash", seed: "007", atUs: 12_480_125 },
  { ...START, trace: "traces/a b.zt", atUs: 0 },
  {
    ...START,
    trace: "0.zt",
    files: [
      { address: "0.zt", name: "a" },
      { address: "1.zt", name: "b&c" },
    ],
  },
  START,
])("an address reads back as it was written", (address) => {
  expect(readAddress(writeAddress(address).replace("./", ""))).toEqual(address);
});
