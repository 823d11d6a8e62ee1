import { translate, type Group } from "./field-lanes.ts";
import type { Geometry } from "./field-geometry.ts";
import { diamondPath, textWidth } from "./shapes.ts";

const LEGEND: readonly (readonly [string, string, string, number])[] = [
  ["broadcast", "msg", "M0 0H22", 22],
  ["vote sent", "msg election", "M0 0H22", 22],
  ["reset", "reset", "M0 0H22", 22],
  ["votes for", "vote-token", "M7 -7a7 7 0 1 1 0 14a7 7 0 1 1 0 -14z", 16],
  ["quorum", "quorum", diamondPath(6), 12],
  ["lost", "cross", "M-4 -4l8 8m0 -8l-8 8", 10],
  ["committed", "commit-mark", diamondPath(6), 12],
  ["read", "commit-mark", "M0 -3.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 1 1 0 -7z", 8],
];

/** Yields first when there is no room. */
export function drawLegend(group: Group, geometry: Geometry): void {
  const y = geometry.axis + 38;
  const shown = y + 10 < geometry.height ? LEGEND : [];
  let x = geometry.start;
  const places = shown.flatMap((entry) => {
    const at = x;
    x += entry[3] + 6 + textWidth(entry[0], 12) + 14;
    return x > geometry.width ? [] : [{ entry, at }];
  });
  group
    .selectAll<SVGGElement, (typeof places)[number]>("g.legend")
    .data(places)
    .join((enter) => {
      const item = enter.append("g").attr("class", "legend");
      item.append("g").append("path");
      item.append("text").attr("class", "label quiet").attr("y", 4);
      return item;
    })
    .attr("transform", ({ at }) => translate([at, y]))
    .each(function update({ entry: [word, name, d, width] }) {
      const [kind = "", family = "zab"] = name.split(" ");
      const path = this.querySelector("path");
      const centred = d.startsWith("M0 -") || d.startsWith("M-");
      path?.setAttribute("class", kind === "vote-token" ? "vote-dot" : kind);
      path?.setAttribute("data-family", family);
      path?.setAttribute("d", d);
      path?.parentElement?.setAttribute("transform", translate([centred ? width / 2 : 0, 0]));
      const text = this.querySelector("text");
      text?.setAttribute("x", String(width + 6));
      if (text !== null) text.textContent = word;
    });
}
