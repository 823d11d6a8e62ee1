type Attributes = Readonly<Record<string, string>>;
type Child = Node | string | null;

/** An element with attributes and children: the little HTML that the panes need besides SVG. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

export function svgElement(
  width: number,
  height: number,
  attributes: Attributes = {},
): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  return svg;
}

/** A picture of strokes in the colour of the text around it. */
export function icon(d: string, size = 20): SVGSVGElement {
  const svg = svgElement(size, size, { "aria-hidden": "true", viewBox: `0 0 ${size} ${size}` });
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", "icon");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export function button(
  className: string,
  label: string,
  content: Child,
  onClick: () => void,
): HTMLButtonElement {
  const node = element(
    "button",
    { type: "button", class: className, "aria-label": label },
    content,
  );
  node.title = label;
  node.addEventListener("click", onClick);
  return node;
}

/** The drum, and the name. */
export function brand(href: string): HTMLAnchorElement {
  const svg = icon(
    "M2.500 6.500a9.500 4 0 1 1 19 0a9.500 4 0 1 1 -19 0v10c0 2.200 4.200 4 9.500 4s9.500 -1.800 9.500 -4v-10M6.500 12v4M10.200 13v4M13.800 13v4M17.500 12v4",
    24,
  );
  return element("a", { class: "brand", href }, svg, "Zootrope");
}
