// Earthquakes on the world: size by magnitude, colour and shape by level, a halo where more may follow.
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

function drawMarks(world, events, levels, colours, { now, faint = 1 }) {
  for (const event of events) drawMark(world, event, levels[event.alert_level], colours, now, faint);
}

function drawMark(world, event, level, colours, now, faint) {
  const { context } = world;
  const radius = markRadius(event.magnitude, markSize(world));
  const [x, y] = world.pixel(event.longitude, event.latitude);
  if (y < -60 || y > world.height + 60) return;
  const fading = FADING[event.alert_level];
  const age = Math.max(0, Math.min(1, (now - event.origin_time) / 86400));
  const [picture, half] = markPicture(level, Math.round(4 * radius) / 4, colours.mark, world.ratio);
  for (const shift of world.copies(x, 60)) {
    context.globalAlpha = faint * (fading ? fading - 0.35 * age : 1);
    context.drawImage(picture, x + shift - half, y - half, 2 * half, 2 * half);
  }
  context.globalAlpha = 1;
}

const pictures = new Map();

/** A mark drawn once and stamped from then on: ten thousand outlines a frame are too many. */
function markPicture(level, radius, rim, ratio) {
  const key = [level.shape, level.colour, radius, rim, ratio].join();
  if (!pictures.has(key)) pictures.set(key, paintMark(level, radius, rim, ratio));
  return pictures.get(key);
}

/** Large marks let what lies below shine through. */
function paintMark(level, radius, rim, ratio) {
  const half = Math.ceil(1.4 * radius + 2);
  const picture = Object.assign(document.createElement("canvas"), { width: 2 * half * ratio, height: 2 * half * ratio });
  const context = picture.getContext("2d");
  context.scale(ratio, ratio);
  outline(context, SHAPES[level.shape](radius), half, half);
  context.globalAlpha = radius > 9 ? 0.75 : 1;
  context.fillStyle = level.colour;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = radius > 9 ? 1.4 : 0.7;
  context.strokeStyle = rim;
  context.stroke();
  return [picture, half];
}

/** Halos of an elevated chance of more, the largest first; one whose middle lies in a halo already drawn is left out. */
function drawHalos(world, events, colour) {
  const { context } = world;
  const drawn = [];
  context.strokeStyle = colour;
  context.setLineDash([4, 3]);
  for (const event of events) {
    const radius = 1.3 * markRadius(event.magnitude, markSize(world)) + 4;
    const [x, y] = world.pixel(event.longitude, event.latitude);
    if (y < -60 || y > world.height + 60 || drawn.some(([hx, hy, reach]) => Math.hypot(hx - x, hy - y) < reach)) continue;
    drawn.push([x, y, radius]);
    context.lineWidth = 0.7 * event.forecast_level;
    for (const shift of world.copies(x, 60)) {
      outline(context, SHAPES.circle(radius), x + shift, y);
      context.stroke();
    }
  }
  context.setLineDash([]);
}

function outline(context, points, x, y) {
  context.beginPath();
  for (const [dx, dy] of points) context.lineTo(x + dx, y + dy);
  context.closePath();
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
