// Numbers, times and names in words, and the elements that carry them. Text only, never HTML.
const number = (value, digits = 1) => (value === null || value === undefined ? "unknown" : value.toFixed(digits));
const percent = (p) => (p === null || p === undefined ? "unknown" : p < 0.001 ? "<\u00a00.1\u00a0%" : p > 0.99 ? ">\u00a099\u00a0%" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)}\u00a0%`);
const utc = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");
const title = (event) => `M ${number(event.magnitude)} ${event.place || "place not named"}`;
const ago = (seconds) =>
  seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;

/** An element with text and children; `children` may hold null. */
function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Puts other children into `holder`, if they are other; the keyboard's focus stays with the child of the same key. */
function refill(holder, children) {
  const told = children.map((child) => child.outerHTML).join("");
  if (holder.told === told) return;
  holder.told = told;
  const focused = holder.getRootNode().activeElement;
  const key = holder.contains(focused) ? focused.dataset.key : undefined;
  holder.replaceChildren(...children);
  if (key) [...holder.querySelectorAll("[data-key]")].find((child) => child.dataset.key === key)?.focus();
}

/** The mark of a level, or its outline in dashes, drawn with that radius in pixels. */
function swatch({ colour, shape }, dash, radius = 5.5) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const polygon = document.createElementNS(svg.namespaceURI, "polygon");
  const half = Math.max(9, radius + 1);
  const points = SHAPES[shape](radius).map(([x, y]) => `${x + half},${y + half}`).join(" ");
  const looks = { points, fill: dash ? "none" : colour, stroke: dash ? colour : "currentColor", "stroke-width": dash ? 2 : 1, "stroke-dasharray": dash ?? "" };
  for (const [name, value] of Object.entries(looks)) polygon.setAttribute(name, value);
  svg.setAttribute("viewBox", `0 0 ${2 * half} ${2 * half}`);
  svg.style.width = svg.style.height = `${2 * half}px`;
  svg.setAttribute("aria-hidden", "true");
  svg.append(polygon);
  return svg;
}
