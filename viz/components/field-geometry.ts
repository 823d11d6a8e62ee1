import type { TraceHeader } from "../../sim/trace/view.ts";
import type { Point } from "./shapes.ts";

/**
 * Where instants and servers are in the space-time field. Time runs to the right with a lane a server,
 * or, where it is narrow, down with a column a server; everything else asks here and never knows which.
 * "Along" is px of content from `anchorUs`; content is moved as a whole to bring an instant to its place.
 */
export type Geometry = {
  readonly vertical: boolean;
  readonly width: number;
  readonly height: number;
  readonly anchorUs: number;
  readonly pxPerUs: number;
  /** Where the window begins and ends, along the time axis, in px of the stage. */
  readonly start: number;
  readonly end: number;
  readonly pitch: number;
  /** Across the time axis: where lanes begin and end, and client lanes after them. */
  readonly lanesFrom: number;
  readonly lanesTo: number;
  readonly clientsFrom: number;
  readonly clientPitch: number;
  readonly clients: number;
  readonly axis: number;
  readonly sids: readonly number[];
};

/** Client lanes shown at most; more are only counted. */
export const CLIENTS_MAX = 6;
const CLIENT_PITCH = 36;

export function fieldGeometry(
  header: TraceHeader,
  width: number,
  height: number,
  anchorUs: number,
  spanUs: number,
): Geometry {
  const vertical = width < 600;
  const ordered = [
    ...header.servers.filter((server) => server.role !== "observer"),
    ...header.servers.filter((server) => server.role === "observer"),
  ];
  const sids = ordered.map((server) => server.sid);
  const clients = vertical ? 0 : Math.min(CLIENTS_MAX, header.clients.length);
  const common = { vertical, width, height, anchorUs, sids, clients, clientPitch: CLIENT_PITCH };
  if (vertical) {
    const start = 40;
    const end = height - 28;
    const pitch = (width - 76) / Math.max(1, sids.length - 1);
    return {
      ...common,
      pxPerUs: (end - start) / spanUs,
      start,
      end,
      pitch,
      lanesFrom: 40 - 20,
      lanesTo: width - 16,
      clientsFrom: width,
      axis: width,
    };
  }
  const longest = header.clients
    .slice(0, clients)
    .reduce((max, name) => Math.max(max, name.length), 0);
  const start = longest > 3 ? Math.min(104, 24 + longest * 7.2) : 48;
  const end = width - 108;
  // Clients, the axis with the clock's plate, the legend.
  const below = (clients > 0 ? 22 + clients * CLIENT_PITCH : 0) + 58;
  const pitch = Math.max(34, Math.min(132, (height - 24 - below) / sids.length));
  const lanesTo = 24 + pitch * sids.length + 4;
  const clientsFrom = lanesTo + (clients > 0 ? 30 : 0);
  return {
    ...common,
    pxPerUs: (end - start) / spanUs,
    start,
    end,
    pitch,
    lanesFrom: 24,
    lanesTo,
    clientsFrom,
    axis: clientsFrom + clients * CLIENT_PITCH - (clients > 0 ? 8 : 0),
  };
}

/** Content px along time. */
export function along(geometry: Geometry, us: number): number {
  return (us - geometry.anchorUs) * geometry.pxPerUs;
}

/** Px across time of a server's lane; null for somebody without one. */
export function laneOf(geometry: Geometry, sid: number): number | null {
  const index = geometry.sids.indexOf(sid);
  if (index < 0) return null;
  return geometry.vertical ? 40 + index * geometry.pitch : 24 + (index + 0.5) * geometry.pitch;
}

export function clientLane(geometry: Geometry, client: number): number | null {
  const index = -1 - client;
  if (index < 0 || index >= geometry.clients) return null;
  return geometry.clientsFrom + (index + 0.35) * geometry.clientPitch;
}

/** A place in content coordinates. */
export function place(geometry: Geometry, us: number, across: number): Point {
  const a = along(geometry, us);
  return geometry.vertical ? [across, a] : [a, across];
}

export type Box = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A rectangle between two instants and two places across. */
export function boxOf(
  geometry: Geometry,
  fromUs: number,
  toUs: number,
  acrossFrom: number,
  acrossTo: number,
  least = 0,
): Box {
  const a = along(geometry, fromUs);
  const length = Math.max(least, along(geometry, toUs) - a);
  const across = acrossTo - acrossFrom;
  return geometry.vertical
    ? { x: acrossFrom, y: a, width: across, height: length }
    : { x: a, y: acrossFrom, width: length, height: across };
}
