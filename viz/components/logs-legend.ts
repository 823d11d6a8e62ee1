import type { Selection } from "d3";
import type { LogFrame } from "./logs-row.ts";

/** Where what is committed ends and what is only logged begins. */
export function drawLogEdge(
  group: Selection<SVGGElement, unknown, null, undefined>,
  { left, cell, page }: LogFrame,
  bottom: number,
): void {
  const shown = page.isEdge;
  const x = left + page.committed * cell - 2;
  group.attr("display", shown ? null : "none");
  group
    .selectAll("line")
    .data([x])
    .join("line")
    .attr("class", "boundary")
    .attr("x1", x)
    .attr("x2", x)
    .attr("y1", 10)
    .attr("y2", bottom + 20);
  const words: readonly (readonly [string, string, number])[] = [
    ["committed", "end", x - 6],
    ["logged only", "start", x + 6],
  ];
  group
    .selectAll<SVGTextElement, (typeof words)[number]>("text")
    .data(words)
    .join("text")
    .attr("class", ([word]) => `label strong ${word === "committed" ? "green" : ""}`)
    .style("font-size", "13px")
    .attr("text-anchor", ([, anchor]) => anchor)
    .attr("x", ([, , at]) => at)
    .attr("y", bottom + 16)
    .text(([word]) => word);
}

/** One mark, five independent signs. Gives the height it ends at. */
export function drawLogLegend(
  group: Selection<SVGGElement, unknown, null, undefined>,
  top: number,
  width: number,
  narrow: boolean,
): number {
  const names = ["logged", "synced", "acked", "committed", "applied"] as const;
  let x = narrow ? 16 : 24;
  let y = top;
  const places = names.map((name) => {
    const needs = 30 + name.length * 6.2;
    if (x + needs > width - 8) {
      x = narrow ? 16 : 24;
      y += 24;
    }
    const place = { name, x, y };
    x += narrow ? 104 : needs;
    return place;
  });
  group
    .selectAll<SVGGElement, (typeof places)[number]>("g")
    .data(places)
    .join((enter) => {
      const item = enter.append("g");
      item
        .append("rect")
        .attr("class", "cell")
        .attr("width", 18)
        .attr("height", 14)
        .attr("rx", 2.5);
      item.append("text").attr("class", "label quiet").attr("x", 24).attr("y", 11.5);
      item
        .filter(({ name }) => name === "acked")
        .append("path")
        .attr("class", "ack")
        .attr("d", "M14.500 3l-5 4 5 4z");
      item
        .filter(({ name }) => name === "applied")
        .append("circle")
        .attr("class", "applied")
        .attr("data-on", "committed")
        .attr("cx", 9)
        .attr("cy", 7)
        .attr("r", 2.5);
      return item;
    })
    .attr("transform", (place) => `translate(${place.x},${place.y})`)
    .call((item) => item.select("text").text((place) => place.name))
    .call((item) =>
      item
        .select("rect")
        .attr("data-mark", ({ name }) =>
          name === "logged"
            ? "logged"
            : name === "synced" || name === "acked"
              ? "synced"
              : "committed",
        ),
    );
  return y + 20;
}
