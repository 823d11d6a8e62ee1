/** Path data and small geometry shared by the panes. Lengths are px, angles radians clockwise from the right. */
export type Point = readonly [x: number, y: number];

export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function linePath(from: Point, to: Point): string {
  return `M${px(from[0])} ${px(from[1])}L${px(to[0])} ${px(to[1])}`;
}

export function hexagonPath(radius: number): string {
  const corners = [0, 1, 2, 3, 4, 5].map((index) => {
    const angle = (index * Math.PI) / 3;
    return `${px(radius * Math.sin(angle))} ${px(-radius * Math.cos(angle))}`;
  });
  return `M${corners.join("L")}Z`;
}

export function circlePath(radius: number): string {
  const r = px(radius);
  return `M0 -${r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 -${r}Z`;
}

export function roundedSquarePath(radius: number): string {
  const side = radius * 0.88;
  const corner = radius * 0.3;
  const flat = px(2 * (side - corner));
  const c = px(corner);
  return (
    `M${px(corner - side)} ${px(-side)}h${flat}a${c} ${c} 0 0 1 ${c} ${c}v${flat}` +
    `a${c} ${c} 0 0 1 -${c} ${c}h-${flat}a${c} ${c} 0 0 1 -${c} -${c}v-${flat}a${c} ${c} 0 0 1 ${c} -${c}Z`
  );
}

export function diamondPath(radius: number): string {
  return `M0 -${radius}L${radius} 0L0 ${radius}L-${radius} 0Z`;
}

export function crossPath(radius: number): string {
  return `M-${radius} -${radius}L${radius} ${radius}M${radius} -${radius}L-${radius} ${radius}`;
}

export function arcPath(radius: number, from: number, to: number): string {
  const large = to - from > Math.PI ? 1 : 0;
  const start = `${px(radius * Math.cos(from))} ${px(radius * Math.sin(from))}`;
  const end = `${px(radius * Math.cos(to))} ${px(radius * Math.sin(to))}`;
  return `M${start}A${px(radius)} ${px(radius)} 0 ${large} 1 ${end}`;
}

/** The line between two places, shortened at both ends so that it stands clear of what is there. */
export function between(a: Point, b: Point, clearOfA: number, clearOfB: number): [Point, Point] {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const length = Math.hypot(dx, dy) || 1;
  return [
    [a[0] + (dx * clearOfA) / length, a[1] + (dy * clearOfA) / length],
    [b[0] - (dx * clearOfB) / length, b[1] - (dy * clearOfB) / length],
  ];
}

/** How wide a text will be, near enough to keep labels apart. */
export function textWidth(text: string, fontPx: number): number {
  return text.length * fontPx * 0.54;
}

/** The outline of a server: its state is told by shape as well as by colour. */
export function bodyPath(state: string, radius: number): string {
  if (state === "LEADING") return hexagonPath(radius * 1.1);
  if (state === "OBSERVING") return roundedSquarePath(radius);
  return circlePath(radius);
}
