import { select, type Selection } from "d3";
import type { View } from "../../sim/trace/view.ts";
import type { Moment, Player } from "../player/player.ts";
import { drawFlights } from "./ring-flights.ts";
import { placeOf, ringLayout, type RingLayout } from "./ring-layout.ts";
import { enterPeer, peerLabel, shownState, updatePeer, type PeerDatum } from "./ring-peer.ts";
import { drawWalls } from "./ring-walls.ts";
import { between, linePath } from "./shapes.ts";
import { sizeOf } from "./size.ts";

export type Ring = { readonly draw: (moment: Moment) => void };

/** The ensemble at one instant: servers on a circle, whom they vote for or follow, and what flies between them. */
export function ensembleRing(svg: SVGSVGElement, player: Player): Ring {
  const root = select(svg);
  const size = sizeOf(svg);
  const links = root.append("g").attr("class", "links");
  const walls = root.append("g").attr("class", "walls");
  const flights = root.append("g").attr("class", "flights");
  const peers = root.append("g").attr("class", "peers");

  function draw(moment: Moment): void {
    const { view } = moment;
    const { width, height } = size();
    const layout = ringLayout(view.servers, width, height);
    drawArrows(links, view, layout);
    drawWalls(walls, view, layout);
    drawPeers(moment, layout);
    drawFlights(flights, moment, layout, player);
  }

  function drawPeers(moment: Moment, layout: RingLayout): void {
    const data = layout.places.flatMap((place): PeerDatum[] => {
      const server = moment.view.servers.find((each) => each.sid === place.sid);
      return server === undefined ? [] : [{ server, place, state: shownState(server) }];
    });
    peers
      .selectAll<SVGGElement, PeerDatum>("g.peer")
      .data(data, (datum) => datum.server.sid)
      .join((enter) => enterPeer(enter.append("g"), player))
      .attr("data-sid", (datum) => datum.server.sid)
      .attr("data-state", (datum) => datum.state)
      .attr("data-focused", (datum) => String(player.focused() === datum.server.sid))
      .attr("transform", (datum) => `translate(${datum.place.at[0]},${datum.place.at[1]})`)
      .each(function update(datum, index) {
        select(this)
          .select(".press")
          .attr("data-sid", datum.server.sid)
          .attr("aria-label", peerLabel(datum.server))
          .attr("aria-pressed", String(player.focused() === datum.server.sid))
          .attr("tabindex", isStop(datum, index) ? 0 : -1);
        updatePeer(select<SVGGElement, PeerDatum>(this), datum, moment, layout.disc);
      });
  }

  /** The ring is one stop of the tab key: the focused server, or else the first. */
  function isStop({ server }: PeerDatum, index: number): boolean {
    const focused = player.focused();
    return focused === null ? index === 0 : focused === server.sid;
  }

  return { draw };
}

type Arrow = {
  readonly key: string;
  readonly kind: "vote" | "follows";
  readonly connected: boolean;
  readonly d: string;
};

function drawArrows(
  group: Selection<SVGGElement, unknown, null, undefined>,
  view: View,
  layout: RingLayout,
): void {
  const arrows = view.servers.flatMap((server): Arrow[] => {
    if (server.life !== "running") return [];
    const votes = server.state === "LOOKING";
    const to = votes ? server.vote.leader : server.leader;
    const from = placeOf(layout, server.sid);
    const target = placeOf(layout, to);
    if (from === null || target === null || to === server.sid) return [];
    const cut = view.walls.some((wall) => wall.from === server.sid && wall.to === to);
    const [a, b] = between(from, target, layout.disc + (cut ? 54 : 14), layout.disc + 16);
    return [
      {
        key: `${server.sid}`,
        kind: votes ? "vote" : "follows",
        connected: !cut && server.phase !== "DISCOVERY",
        d: linePath(a, b),
      },
    ];
  });
  group
    .selectAll<SVGPathElement, Arrow>("path")
    .data(arrows, (arrow) => arrow.key)
    .join("path")
    .attr("class", (arrow) => arrow.kind)
    .attr("data-connected", (arrow) => String(arrow.connected))
    .attr("d", (arrow) => arrow.d);
}
