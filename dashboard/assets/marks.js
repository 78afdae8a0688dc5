// Earthquakes on the world: size by magnitude, colour and shape by level, rings of expected intensity.
const RADIUS_KM = 6371;
/** The forecast level from which alerts are sent. */
const HALO_FROM = 2;
const ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

const SHAPES = {
  circle: (r) => [...Array(24).keys()].map((i) => [r * Math.cos((i * Math.PI) / 12), r * Math.sin((i * Math.PI) / 12)]),
  diamond: (r) => [[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]],
  triangle: (r) => [[0, -1.3 * r], [1.2 * r, 0.9 * r], [-1.2 * r, 0.9 * r]],
  square: (r) => [[-0.9 * r, -0.9 * r], [0.9 * r, -0.9 * r], [0.9 * r, 0.9 * r], [-0.9 * r, 0.9 * r]],
};

/** Half width of an earthquake's mark in pixels; an unknown magnitude is drawn like magnitude 2. */
const markRadius = (magnitude, size = 1) => size * Math.min(26, 2.4 * 1.5 ** ((magnitude ?? 2) - 2.5) + 0.6);
/** Marks are smaller where the world is, so that a phone shows more than marks. */
const markSize = (world) => Math.min(1.2, (world.width < 600 ? 0.6 : 0.85) * world.view.zoom ** 0.15);

/** Opacity of what fades with age; alerts do not fade. */
const FADING = { none: 0.7, green: 0.9 };

function drawMarks(world, events, levels, colours, now) {
  for (const event of events) drawMark(world, event, levels[event.alert_level], colours, now);
}

function drawMark(world, event, level, colours, now) {
  const { context } = world;
  const radius = markRadius(event.magnitude, markSize(world));
  const [x, y] = world.pixel(event.longitude, event.latitude);
  if (y < -60 || y > world.height + 60) return;
  const fading = FADING[event.alert_level];
  const age = Math.max(0, Math.min(1, (now - event.origin_time) / 86400));
  const [picture, half] = markPicture(level, Math.round(4 * radius) / 4, event.forecast_level, colours.mark, world.ratio);
  for (const shift of world.copies(x, 60)) {
    context.globalAlpha = fading ? fading - 0.35 * age : 1;
    context.drawImage(picture, x + shift - half, y - half, 2 * half, 2 * half);
  }
  context.globalAlpha = 1;
}

const pictures = new Map();

/** A mark drawn once and stamped from then on: ten thousand outlines a frame are too many. */
function markPicture(level, radius, forecastLevel, rim, ratio) {
  const key = [level.shape, level.colour, radius, forecastLevel, rim, ratio].join();
  if (!pictures.has(key)) pictures.set(key, paintMark(level, radius, forecastLevel, rim, ratio));
  return pictures.get(key);
}

function paintMark(level, radius, forecastLevel, rim, ratio) {
  const half = Math.ceil(1.4 * radius + 8);
  const picture = Object.assign(document.createElement("canvas"), { width: 2 * half * ratio, height: 2 * half * ratio });
  const context = picture.getContext("2d");
  context.scale(ratio, ratio);
  outline(context, SHAPES[level.shape](radius), half, half);
  context.fillStyle = level.colour;
  context.fill();
  context.lineWidth = 0.7;
  context.strokeStyle = rim;
  context.stroke();
  if (forecastLevel >= HALO_FROM) drawHalo(context, half, half, radius, forecastLevel);
  return [picture, half];
}

/** The dashed halo of an elevated chance of more. */
function drawHalo(context, x, y, radius, forecastLevel) {
  context.strokeStyle = HALO;
  context.lineWidth = 0.7 * forecastLevel;
  context.setLineDash([4, 3]);
  outline(context, SHAPES.circle(1.3 * radius + 4), x, y);
  context.stroke();
  context.setLineDash([]);
}

function outline(context, points, x, y) {
  context.beginPath();
  for (const [dx, dy] of points) context.lineTo(x + dx, y + dy);
  context.closePath();
}

/** Rings of the chosen earthquake's expected intensity: `event.rings` holds [intensity, radius in km]. */
function drawRings(world, event, colours) {
  const { context } = world;
  const [x] = world.pixel(event.longitude, event.latitude);
  context.strokeStyle = context.fillStyle = colours.mark;
  context.font = "600 11px sans-serif";
  context.textAlign = "center";
  for (const [intensity, km] of event.rings ?? []) {
    const points = [...Array(73).keys()].map((i) => world.pixel(...destination(event, i * 5, km)));
    for (const shift of world.copies(x, world.width)) {
      context.lineWidth = 1 + 0.45 * (intensity - 3);
      context.beginPath();
      for (const [px, py] of points) context.lineTo(px + shift, py);
      context.stroke();
      const [top, left] = [points[0][1], points[0][0] + shift];
      if (Math.abs(points[0][1] - points[36][1]) > 40) context.fillText(ROMAN[intensity], left, top - 3);
    }
  }
}

/** The point `km` from the epicentre along a bearing in degrees, as [longitude, latitude]. */
function destination({ latitude, longitude }, bearing, km) {
  const rad = Math.PI / 180;
  const [angle, phi] = [km / RADIUS_KM, latitude * rad];
  const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing * rad);
  const east = Math.sin(bearing * rad) * Math.sin(angle) * Math.cos(phi);
  return [longitude + Math.atan2(east, Math.cos(angle) - Math.sin(phi) * sine) / rad, Math.asin(sine) / rad];
}

/** Towns of the chosen earthquake: a dot each, names where there is room. */
function drawTowns(world, towns, colours) {
  const { context } = world;
  context.font = "600 11px sans-serif";
  context.textAlign = "left";
  context.lineJoin = "round";
  const named = [];
  for (const town of towns) {
    const [x, y] = world.pixel(town.longitude, town.latitude);
    outline(context, SHAPES.circle(3.2), x, y);
    context.fillStyle = colours.mark;
    context.strokeStyle = colours.land;
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
    if (named.some(([nx, ny]) => Math.abs(nx - x) < 90 && Math.abs(ny - y) < 13)) continue;
    named.push([x, y]);
    context.lineWidth = 3;
    context.strokeText(town.name, x + 6, y + 4);
    context.fillText(town.name, x + 6, y + 4);
  }
}

function drawCross(world, event, colours) {
  const [x, y] = world.pixel(event.longitude, event.latitude);
  const { context } = world;
  for (const shift of world.copies(x, 40)) {
    context.strokeStyle = colours.mark;
    context.lineWidth = 2;
    outline(context, SHAPES.circle(markRadius(event.magnitude, markSize(world)) + 3.5), x + shift, y);
    context.stroke();
  }
}

/** The earthquake drawn at pixel (x, y), the topmost; `slack` widens small marks for fingers. */
function hit(world, events, x, y, slack) {
  for (const event of [...events].reverse()) {
    const [ex, ey] = world.pixel(event.longitude, event.latitude);
    const reach = markRadius(event.magnitude, markSize(world)) + slack;
    if (world.copies(ex, 60).some((shift) => Math.hypot(ex + shift - x, ey - y) <= reach)) return event;
  }
  return null;
}
