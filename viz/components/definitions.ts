const TIPS = [
  ["tip-blue", "--blue", 9],
  ["tip-amber", "--amber", 10],
  ["tip-ink", "--ink", 12],
] as const;

/** Patterns and arrow heads that marks of every pane refer to; once a page. */
export function installDefinitions(): void {
  if (document.getElementById("definitions") !== null) return;
  const tips = TIPS.map(
    ([id, colour, size]) =>
      `<marker id="${id}" viewBox="0 0 8 8" refX="6.500" refY="4" markerWidth="${size}" markerHeight="${size}"` +
      ` markerUnits="userSpaceOnUse" orient="auto"><path d="M0 .5L8 4 0 7.500z" style="fill:var(${colour})"/></marker>`,
  ).join("");
  const hatch =
    `<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
    `<rect width="6" height="6" style="fill:var(--fault-wash)"/>` +
    `<path d="M0 0V6" style="stroke:var(--fault)" stroke-width="1.500" opacity=".55"/></pattern>`;
  const brick =
    `<pattern id="brick" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
    `<path d="M0 0V8" style="stroke:var(--fault)" stroke-width="3.500"/></pattern>`;
  document.body.insertAdjacentHTML(
    "beforeend",
    `<svg id="definitions" width="0" height="0" style="position:absolute" aria-hidden="true"><defs>${hatch}${brick}${tips}</defs></svg>`,
  );
}
