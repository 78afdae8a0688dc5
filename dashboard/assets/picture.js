// One frame of the map: world, forecast, halos, marks, what is chosen, and the keys that explain them.
/** Opacity of marks over a forecast, which they would hide. */
const OVER_LAYER = 0.8;

function drawPicture(map) {
  const { world, root } = map;
  if (!world.resize()) return;
  world.settle();
  const dark = isDark(root);
  const layer = map.wish.layer !== "none" ? map.layer : null;
  const colours = world.draw(dark, layer && ((context) => layer.draw(context, map.wish.layer, dark)));
  const look = { now: map.ordered[0]?.origin_time ?? 0, faint: layer ? OVER_LAYER : 1 };
  drawHalos(world, map.haloed, map.halo.colour);
  drawMarks(world, map.stacked, map.levels, colours, look);
  if (map.chosen) drawChosen(map, colours, look);
  drawKeys(map, dark);
  root.dataset.cells = layer ? layer.cells.length : 0;
  root.dataset.drawn = map.ordered.length;
}

function drawChosen(map, colours, look) {
  const { world, chosen, events, levels } = map;
  if (!events.has(chosen.quake_id)) drawMarks(world, [chosen], levels, colours, look);
  drawRings(world, chosen, colours);
  drawCross(world, chosen, colours);
  drawTowns(world, map.placesOfChosen()?.places ?? [], colours);
}

/** Legend and the forecast's key, anew only when they would say something else. */
function drawKeys(map, dark) {
  const size = Math.round(20 * markSize(map.world)) / 20;
  const state = [map.wish.layer, map.layer?.issuedAt, map.layerProblem, dark, size].join();
  if (state === map.keyed) return;
  map.keyed = state;
  fillLegend(map.root.querySelector(".legend"), map.levels, map.halo, size);
  const holder = map.root.querySelector(".key");
  fillKey(holder, map.wish.layer, map.layer, dark);
  if (map.layerProblem && !holder.hidden) holder.lastChild.textContent = map.layerProblem;
}

function isDark(root) {
  const probe = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  const [r, g, b] = probe.startsWith("#") ? [1, 3, 5].map((i) => parseInt(probe.slice(i, i + 2), 16)) : (probe.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}
