import type { Point } from "./shapes.ts";

export type RingPlace = {
  readonly sid: number;
  readonly at: Point;
  /** Where the words stand, and how they are anchored. */
  readonly words: Point;
  readonly anchor: "start" | "middle" | "end";
};

export type RingLayout = {
  readonly places: readonly RingPlace[];
  readonly centre: Point;
  /** Radius of a server's disc; its phase arcs are ten further out. */
  readonly disc: number;
};

/**
 * Servers on a ring, in sid order, clockwise from the top, observers after the voters behind a gap.
 * A server's angle depends on who takes part and on nothing else, so it never moves.
 */
export function ringLayout(
  servers: readonly { readonly sid: number; readonly role: string }[],
  width: number,
  height: number,
): RingLayout {
  const count = servers.length;
  const gap = servers.some((server) => server.role === "observer") ? 0.5 : 0;
  const observers = servers.filter((server) => server.role === "observer").length;
  const slots = count + (observers > 0 && observers < count ? 2 * gap : 0);
  const narrow = width < 380;
  const disc = slots <= 5 ? 28 : slots <= 8 ? 23 : 17;
  const tall = Math.min(narrow ? 88 : count <= 5 ? 97 : 108, (height - 2 * disc - 88) / 1.81 + 13);
  const wide = Math.min(tall, narrow ? 88 : count <= 5 ? 89 : 104);
  const centre: Point = [narrow ? 122 : Math.max(disc + 96, width / 2 - 48), disc + 6 + tall];
  const voters = servers.filter((server) => server.role !== "observer");
  const ordered = [...voters, ...servers.filter((server) => server.role === "observer")];
  const places = ordered.map((server, index): RingPlace => {
    const slot = index + (server.role === "observer" ? gap : 0);
    const angle = (slot / slots) * 2 * Math.PI - Math.PI / 2;
    const x = centre[0] + wide * Math.cos(angle);
    const y = centre[1] + tall * Math.sin(angle);
    return { sid: server.sid, at: [x, y], ...wordsAt(angle, x, y, disc, slots) };
  });
  return { places, centre, disc };
}

/** Words go to the right where there is room for them, else below. */
function wordsAt(
  angle: number,
  x: number,
  y: number,
  disc: number,
  slots: number,
): Pick<RingPlace, "words" | "anchor"> {
  const right = Math.cos(angle) > -0.1 || slots === 1;
  const top = Math.sin(angle) < -0.8;
  if (right && top) return { words: [x + disc + 22, y - (slots > 5 ? 26 : 16)], anchor: "start" };
  if (right)
    return { words: [x + disc + 19, y + (Math.sin(angle) > 0.3 ? 8 : -6)], anchor: "start" };
  return {
    words: [Math.sin(angle) < 0.3 ? Math.max(46, x - 8) : Math.max(56, x), y + disc + 25],
    anchor: "middle",
  };
}

/** Where a server stands; null for somebody who is not on the ring. */
export function placeOf(layout: RingLayout, sid: number): Point | null {
  return layout.places.find((place) => place.sid === sid)?.at ?? null;
}
