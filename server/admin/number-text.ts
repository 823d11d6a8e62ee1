/**
 * A number as Java prints a double, and rounded half up to four decimals before: `0.0`, `5.2`, `11.25`.
 * Enough for averages and shares, which stay far from the magnitudes where Java turns to exponents.
 *
 * @see ZooKeeper, server/metric/AvgMinMaxCounter.java (getAvg)
 */
export function decimalText(value: number): string {
  const rounded = roundedToFour(value);
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}

export function roundedToFour(value: number): number {
  // The shortest decimal form of a double decides, as in java.math.BigDecimal.valueOf.
  const [digits = "0", exponent = "0"] = String(Math.abs(value)).split("e");
  const scaled = Math.round(Number(`${digits}e${Number(exponent) + 4}`));
  const rounded = Number(`${scaled}e-4`);
  return value < 0 ? -rounded : rounded;
}

/** A 64-bit number as Java's Long.toHexString prints it, after `0x`. */
export function hexText(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
