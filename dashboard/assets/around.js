// Around the chosen earthquake: rings of expected intensity, a circle, towns.
const RADIUS_KM = 6371;
const ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/** Rings of the chosen earthquake's expected intensity: `event.rings` holds [intensity, radius in km]. */
function drawRings(world, event, colours) {
  const { context } = world;
  const [x] = world.pixel(event.longitude, event.latitude);
  context.font = "600 11px sans-serif";
  context.textAlign = "center";
  for (const [intensity, km] of event.rings ?? []) {
    const points = [...Array(73).keys()].map((i) => world.pixel(...destination(event, i * 5, km)));
    for (const shift of world.copies(x, world.width)) {
      context.beginPath();
      for (const [px, py] of points) context.lineTo(px + shift, py);
      cased(context, 1 + 0.45 * (intensity - 3), colours);
      const [top, left] = [points[0][1], points[0][0] + shift];
      if (Math.abs(points[0][1] - points[36][1]) > 40) named(context, ROMAN[intensity], left, top - 4, colours);
    }
  }
}

/** Strokes the path so that it can be seen on land, sea and forecast alike: over a wider line in the land's colour. */
function cased(context, width, colours) {
  for (const [style, more, alpha] of [[colours.land, 2.5, 0.7], [colours.mark, 0, 1]]) {
    Object.assign(context, { strokeStyle: style, lineWidth: width + more, globalAlpha: alpha });
    context.stroke();
  }
}

/** Text with a rim in the land's colour. */
function named(context, text, x, y, colours) {
  Object.assign(context, { strokeStyle: colours.land, fillStyle: colours.mark, lineWidth: 3, lineJoin: "round" });
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
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
  const taken = [];
  for (const town of towns) {
    const [x, y] = world.pixel(town.longitude, town.latitude);
    outline(context, SHAPES.circle(3.2), x, y);
    context.fillStyle = colours.mark;
    context.strokeStyle = colours.land;
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
    if (taken.some(([nx, ny]) => Math.abs(nx - x) < 90 && Math.abs(ny - y) < 13)) continue;
    taken.push([x, y]);
    named(context, town.name, x + 6, y + 4, colours);
  }
}

function drawCross(world, event, colours) {
  const [x, y] = world.pixel(event.longitude, event.latitude);
  const { context } = world;
  for (const shift of world.copies(x, 40)) {
    outline(context, SHAPES.circle(markRadius(event.magnitude, markSize(world)) + 3.5), x + shift, y);
    cased(context, 2, colours);
  }
}
