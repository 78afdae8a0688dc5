// Mouse, touch and keyboard on the map. Each gesture is one entry; none knows what is drawn.
const NEAR_PX = { mouse: 3, pen: 6, touch: 14 };

function handle(map, signal) {
  const { canvas } = map.world;
  const on = (target, name, act, more) => target.addEventListener(name, act, { signal, ...more });
  const fingers = new Map();
  on(canvas, "pointerdown", (event) => press(map, fingers, event));
  on(canvas, "pointermove", (event) => (fingers.size ? drag(map, fingers, event) : hover(map, event)));
  for (const name of ["pointerup", "pointercancel"]) on(canvas, name, (event) => release(map, fingers, event));
  on(canvas, "pointerleave", () => tip(map, null));
  on(canvas, "wheel", (event) => wheel(map, event), { passive: false });
  on(canvas, "dblclick", (event) => zoom(map, 2, event.offsetX, event.offsetY));
  on(canvas, "keydown", (event) => key(map, event));
  for (const button of map.root.querySelectorAll("[data-zoom]")) on(button, "click", () => BUTTONS[button.dataset.zoom](map));
}

const whole = (map) => {
  Object.assign(map.world.view, HOME);
  map.redraw();
};
const BUTTONS = { in: (map) => zoom(map, 1.8), out: (map) => zoom(map, 1 / 1.8), all: whole };
const KEYS = {
  ArrowLeft: (map) => move(map, 70, 0),
  ArrowRight: (map) => move(map, -70, 0),
  ArrowUp: (map) => move(map, 0, 70),
  ArrowDown: (map) => move(map, 0, -70),
  "+": BUTTONS.in,
  "=": BUTTONS.in,
  "-": BUTTONS.out,
  0: whole,
  n: (map) => step(map, 1),
  p: (map) => step(map, -1),
  Escape: (map) => map.shut(),
};

function key(map, event) {
  const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(map);
}

/** On to the next (older) or previous (newer) earthquake. */
function step(map, by) {
  const { ordered } = map;
  if (!ordered.length) return;
  const at = map.chosen ? ordered.findIndex((event) => event.quake_id === map.chosen.quake_id) : by > 0 ? -1 : 0;
  map.choose(ordered[(at + by + ordered.length) % ordered.length], true);
}

function move(map, dx, dy) {
  map.world.pan(dx, dy);
  map.redraw();
}

function zoom(map, factor, x, y) {
  map.world.zoomAt(factor, x, y);
  map.redraw();
}

function wheel(map, event) {
  event.preventDefault();
  zoom(map, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0018)), event.offsetX, event.offsetY);
}

function press(map, fingers, event) {
  map.world.canvas.setPointerCapture(event.pointerId);
  if (!fingers.size) map.travelled = 0;
  fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  tip(map, null);
}

function drag(map, fingers, event) {
  const before = spread(fingers);
  const [x, y] = fingers.get(event.pointerId) ?? [event.offsetX, event.offsetY];
  const [dx, dy] = [event.offsetX - x, event.offsetY - y];
  fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
  map.travelled += Math.abs(dx) + Math.abs(dy);
  move(map, dx / fingers.size, dy / fingers.size);
  const after = spread(fingers);
  if (before && after) zoom(map, after.distance / before.distance, after.x, after.y);
}

/** Distance and middle of two fingers, null with fewer. */
function spread(fingers) {
  const [a, b] = [...fingers.values()];
  return b ? { distance: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1, x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2 } : null;
}

function release(map, fingers, event) {
  fingers.delete(event.pointerId);
  if (event.type === "pointerup" && !fingers.size && map.travelled < 6) map.choose(under(map, event));
}

const under = (map, event) => hit(map.world, map.stacked, event.offsetX, event.offsetY, NEAR_PX[event.pointerType] ?? 3);

function hover(map, event) {
  if (event.pointerType === "mouse") tip(map, under(map, event), event.offsetX, event.offsetY);
}

function tip(map, event, x = 0, y = 0) {
  const box = map.root.querySelector(".tip");
  const words = event ? eventWords(map, event) : x || y ? map.layerWords(x, y) : "";
  box.hidden = !words;
  map.world.canvas.style.cursor = event ? "pointer" : "";
  if (!words) return;
  box.textContent = words;
  const right = x > map.world.width / 2;
  box.style.left = right ? "" : `${x + 12}px`;
  box.style.right = right ? `${map.world.width - x + 12}px` : "";
  box.style.top = `${Math.min(y + 12, map.world.height - 70)}px`;
}

const eventWords = (map, event) =>
  `${title(event)} · ${utc(event.origin_time)} UTC · impact ${map.levels[event.alert_level].label} · M5+ in 7 days: ${percent(event.probability)}`;
