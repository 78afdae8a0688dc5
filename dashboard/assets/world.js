// The world as a picture: Mercator, repeated sideways without end, moved and zoomed. Knows nothing of earthquakes.
const NORTH = 84, SOUTH = -78, DEEPEST = 160, CLOSE = 40;
const LIGHT = { sea: "#d5e2ec", land: "#f8f5ec", coast: "#8b98a3", border: "#c3bba9", grid: "#c6d5e1", mark: "#20262d" };
const DARK = { sea: "#0d1520", land: "#2a3746", coast: "#667a90", border: "#4a5b6e", grid: "#182432", mark: "#e8edf2" };

const mercator = (latitude) => Math.log(Math.tan(Math.PI / 4 + (Math.max(-85, Math.min(85, latitude)) * Math.PI) / 360));
const latitudeAt = (y) => (Math.atan(Math.exp(y)) * 360) / Math.PI - 90;

const HOME = { x: 0.19, y: mercator(22), zoom: 1 };

class World {
  constructor(canvas, outlines) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.paths = outlinePaths(outlines);
    this.view = { ...HOME };
  }

  /** Fits the bitmap to the element; returns whether there is anything to draw on. */
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    Object.assign(this, { width, height, ratio });
    return width > 0 && height > 0;
  }

  /** Pixels per radian at the equator: at zoom 1 the world fills the canvas. */
  get scale() {
    const span = mercator(NORTH) - mercator(SOUTH);
    return this.view.zoom * Math.max(this.width / (2 * Math.PI), this.height / span);
  }

  /** Where (longitude, latitude) is on the canvas, the copy nearest to its middle. */
  pixel(longitude, latitude) {
    const turn = 2 * Math.PI;
    const away = (longitude * Math.PI) / 180 - this.view.x;
    const near = away - turn * Math.round(away / turn);
    return [this.width / 2 + near * this.scale, this.height / 2 - (mercator(latitude) - this.view.y) * this.scale];
  }

  /** Pixel offsets of the copies of something drawn at `x` that can be seen; `reach` is its half width. */
  copies(x, reach) {
    const turn = 2 * Math.PI * this.scale;
    return [-turn, 0, turn].filter((shift) => x + shift > -reach && x + shift < this.width + reach);
  }

  pan(dx, dy) {
    this.view.x -= dx / this.scale;
    this.view.y += dy / this.scale;
    this.settle();
  }

  /** Zooms so that what lies under pixel (x, y) stays there. */
  zoomAt(factor, x = this.width / 2, y = this.height / 2) {
    const zoom = Math.max(1, Math.min(DEEPEST, this.view.zoom * factor));
    const [dx, dy] = [(x - this.width / 2) / this.scale, (y - this.height / 2) / this.scale];
    const kept = 1 - this.view.zoom / zoom;
    this.view = { x: this.view.x + dx * kept, y: this.view.y - dy * kept, zoom };
    this.settle();
  }

  /** Moves so that a point lies in the middle and `km` round it can be seen. */
  show(longitude, latitude, km) {
    this.view = { x: (longitude * Math.PI) / 180, y: mercator(latitude), zoom: 1 };
    const pixels = ((km / 6371) * this.scale) / Math.cos((latitude * Math.PI) / 180);
    this.view.zoom = Math.max(1, Math.min(CLOSE, (0.36 * Math.min(this.width, this.height)) / pixels));
    this.settle();
  }

  settle() {
    const half = this.height / 2 / this.scale;
    this.view.y = Math.max(mercator(SOUTH) + half, Math.min(mercator(NORTH) - half, this.view.y));
    this.view.x -= 2 * Math.PI * Math.round(this.view.x / (2 * Math.PI));
  }

  /** Where pixel (x, y) is, in degrees east and north. */
  place(x, y) {
    const turns = (this.view.x + (x - this.width / 2) / this.scale) / (2 * Math.PI);
    return [360 * (turns - Math.round(turns)), latitudeAt(this.view.y - (y - this.height / 2) / this.scale)];
  }

  /** Draws sea, grid, land, what `underlay` draws in radians, and lines; returns the theme's colours. */
  draw(dark, underlay = null) {
    const colours = dark ? DARK : LIGHT;
    const { context, ratio, scale } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colours.sea;
    context.fillRect(0, 0, this.width, this.height);
    const middle = this.width / 2 - this.view.x * scale;
    for (const shift of this.copies(middle, Math.PI * scale)) {
      context.setTransform(ratio * scale, 0, 0, -ratio * scale, ratio * (middle + shift), ratio * (this.height / 2 + this.view.y * scale));
      this.line(this.paths.grid, colours.grid, 0.6);
      context.fillStyle = colours.land;
      context.fill(this.paths.land, "evenodd");
      underlay?.(context);
      this.line(this.paths.borders, colours.border, 0.7);
      this.line(this.paths.coast, colours.coast, 0.7);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return colours;
  }

  line(path, colour, width) {
    this.context.strokeStyle = colour;
    this.context.lineWidth = width / this.scale;
    this.context.stroke(path);
  }
}

function outlinePaths({ scale, land, borders }) {
  const paths = { land: new Path2D(), coast: new Path2D(), borders: new Path2D(), grid: new Path2D() };
  for (const ring of land) {
    const points = unpacked(ring, scale);
    trace(paths.land, points, () => true);
    paths.land.closePath();
    trace(paths.coast, [...points, points[0]], (a, b) => !onCut(a, b));
  }
  for (const line of borders) trace(paths.borders, unpacked(line, scale), () => true);
  for (let at = -180; at < 180; at += 30) trace(paths.grid, [[at, SOUTH], [at, NORTH]], () => true);
  for (let at = -60; at <= 60; at += 30) trace(paths.grid, [[-180, at], [180, at]], () => true);
  return paths;
}

function unpacked(numbers, scale) {
  const points = [];
  for (let i = 0, x = 0, y = 0; i < numbers.length; i += 2) {
    x += numbers[i];
    y += numbers[i + 1];
    points.push([x / scale, y / scale]);
  }
  return points;
}

/** Whether a side of a ring only exists because rings are cut at the date line and closed at the pole. */
const onCut = ([x0, y0], [x1, y1]) => (Math.abs(x0) === 180 && Math.abs(x1) === 180) || (y0 === -90 && y1 === -90);

function trace(path, points, drawn) {
  points.forEach(([longitude, latitude], i) => {
    const move = i === 0 || !drawn(points[i - 1], points[i]);
    path[move ? "moveTo" : "lineTo"]((longitude * Math.PI) / 180, mercator(latitude));
  });
}
