import { marksIn, spansIn, type SessionSpan, type Story, type WatchMark } from "../player/story.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, clientLane, type Geometry } from "./field-geometry.ts";
import { crossPath, linePath, textWidth } from "./shapes.ts";

const WATCHES_MAX = 300;

/** Behind a client's operations: the line of its session, whom it is connected to, and what its watches told it. */
export function drawSessions(
  group: Group,
  story: Story,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  const sessions = geometry.vertical
    ? []
    : spansIn(story.sessions, fromUs, toUs).filter(
        (session) => session.state !== "closed" && clientLane(geometry, session.client) !== null,
      );
  const lane = (session: SessionSpan): number => clientLane(geometry, session.client) ?? 0;
  const begin = (session: SessionSpan): number => along(geometry, Math.max(fromUs, session.fromUs));
  group
    .selectAll<SVGPathElement, SessionSpan>("path.session")
    .data(sessions)
    .join("path")
    .attr("class", "session")
    .attr("data-state", (session) => session.state)
    .attr("d", (session) =>
      linePath(
        [begin(session), lane(session)],
        [along(geometry, Math.min(toUs, session.toUs)), lane(session)],
      ),
    );
  const ends = sessions.filter(({ state, fromUs: atUs }) => state === "expired" && atUs >= fromUs);
  group
    .selectAll<SVGPathElement, SessionSpan>("path.cross")
    .data(ends)
    .join("path")
    .attr("class", "cross big")
    .attr("d", crossPath(5))
    .attr("transform", (session) => translate([begin(session), lane(session)]));
  drawWords(group, sessions, story, geometry, fromUs);
  drawWatches(group, marksIn(story.watches, fromUs, toUs), geometry);
}

/** Words yield to operations that stand where they would. */
function drawWords(
  group: Group,
  sessions: readonly SessionSpan[],
  story: Story,
  geometry: Geometry,
  fromUs: number,
): void {
  const words = sessions.flatMap((session) => {
    const text = wordFor(session);
    const width = (textWidth(text, 12) + 12) / geometry.pxPerUs;
    const end = session.fromUs + width;
    const taken = spansIn(story.operations, session.fromUs, end).some(
      (operation) => operation.client === session.client,
    );
    const room = session.state === "expired" || end < session.toUs;
    return taken || !room || session.fromUs < fromUs ? [] : [{ session, text }];
  });
  group
    .selectAll<SVGTextElement, (typeof words)[number]>("text.session-word")
    .data(words)
    .join("text")
    .attr(
      "class",
      ({ session }) => `session-word label ${session.state === "expired" ? "fault" : "quiet"} halo`,
    )
    .attr(
      "x",
      ({ session }) => along(geometry, session.fromUs) + (session.state === "expired" ? 11 : 4),
    )
    .attr("y", ({ session }) => (clientLane(geometry, session.client) ?? 0) + 4.5)
    .text(({ text }) => text);
}

function wordFor(session: SessionSpan): string {
  if (session.state === "connected") return `on server ${session.server}`;
  return session.state === "expired" ? "session expired" : session.state;
}

function drawWatches(group: Group, watches: readonly WatchMark[], geometry: Geometry): void {
  const shown = geometry.vertical ? [] : watches.slice(0, WATCHES_MAX);
  group
    .selectAll<SVGPathElement, WatchMark>("path.flag")
    .data(shown)
    .join((enter) => {
      const flag = enter.append("path").attr("class", "flag commit-mark");
      flag.append("title");
      return flag;
    })
    .attr("d", "M0 -8v16M0 -8h8l-2 3 2 3h-8")
    .attr("transform", (watch) =>
      translate([along(geometry, watch.atUs), clientLane(geometry, watch.client) ?? -99]),
    )
    .select("title")
    .text((watch) => `told of a change of ${watch.path}`);
}
