/** The distance between two ticks that is at least `leastUs`: 1, 2 or 5 of a decimal unit. */
export function axisStep(leastUs: number): number {
  let unit = 1;
  while (unit * 10 <= leastUs) unit *= 10;
  return [1, 2, 5, 10].map((factor) => unit * factor).find((step) => step >= leastUs) ?? unit * 10;
}

/** Seconds with as many decimals as the step needs: `12.150`, `15`. */
export function axisText(us: number, stepUs: number): string {
  const decimals = stepUs >= 1_000_000 ? 0 : stepUs >= 1000 ? 3 : 6;
  return (us / 1_000_000).toFixed(decimals);
}

/** The ticks inside a window. */
export function axisTicks(fromUs: number, toUs: number, stepUs: number): number[] {
  const ticks: number[] = [];
  for (let us = Math.ceil(Math.max(0, fromUs) / stepUs) * stepUs; us <= toUs; us += stepUs)
    ticks.push(us);
  return ticks;
}
