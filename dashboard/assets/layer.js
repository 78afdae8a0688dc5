// The forecast: cells coloured by the chance, or by its gain over a normal day, in classes that grow about threefold.
const VIRIDIS = ["#440154", "#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725"];
/** Viridis in eight classes without the darkest, which a dark sea swallows. */
const BRIGHTER = ["#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"];
const LAYERS = {
  chance: { from: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1], of: (cell) => cell[2], label: (p) => `${+(100 * p).toPrecision(1)} %`,
    title: "Chance of M5+ within 100 km in 7 days" },
  gain: { from: [2, 5, 10, 30, 100, 300, 1000], of: (cell) => cell[4], label: (gain) => `${gain}×`,
    title: "Times the chance of a normal day (M5+, 100 km, 7 days)" },
};

/** More is brighter on the dark map, darker on the light one. */
const shade = (index, dark) => (dark ? BRIGHTER[index] : VIRIDIS[VIRIDIS.length - 1 - index]);
const opacity = (index, dark) => (dark ? 0.66 + 0.05 * index : 0.42 + 0.07 * index);

class Layer {
  /** Cells are [longitude, latitude, chance, normal chance, gain] of a lattice whose rows lie `size_deg` apart. */
  constructor({ cells, size_deg: size, issued_at: issuedAt, hindsight }) {
    Object.assign(this, { cells, half: size / 2, issuedAt, hindsight, paths: {} });
  }

  /** Half the distance to the neighbour in a row, degrees of longitude: rows hold fewer places towards the poles. */
  reach(latitude) {
    return 180 / Math.max(1, Math.round((180 / this.half) * Math.cos((latitude * Math.PI) / 180)));
  }

  /** One path for each class, in radians and Mercator's units, made once. */
  pathsOf(name) {
    const { from, of } = LAYERS[name];
    this.paths[name] ??= from.map((least, i) => this.path((cell) => of(cell) >= least && of(cell) < (from[i + 1] ?? Infinity)));
    return this.paths[name];
  }

  path(wanted) {
    const path = new Path2D();
    const rad = Math.PI / 180;
    for (const cell of this.cells.filter(wanted)) {
      const [south, reach] = [mercator(cell[1] - this.half), this.reach(cell[1])];
      path.rect((cell[0] - reach) * rad, south, 2 * reach * rad, mercator(cell[1] + this.half) - south);
    }
    return path;
  }

  draw(context, name, dark) {
    this.pathsOf(name).forEach((path, i) => {
      context.globalAlpha = opacity(i, dark);
      context.fillStyle = shade(i, dark);
      context.fill(path);
    });
    context.globalAlpha = 1;
  }

  /** The cell at a place in degrees, or undefined. */
  at(longitude, latitude) {
    const apart = (x) => Math.abs(((((longitude - x + 180) % 360) + 360) % 360) - 180);
    return this.cells.find((cell) => apart(cell[0]) <= this.reach(cell[1]) && Math.abs(latitude - cell[1]) <= this.half);
  }
}

function fillKey(holder, name, layer, dark) {
  holder.hidden = name === "none";
  if (holder.hidden) return;
  const { from, title, label } = LAYERS[name];
  const steps = from.map((least, i) => {
    const patch = element("i", { className: "patch" });
    patch.style.background = shade(i, dark);
    patch.style.opacity = opacity(i, dark);
    return element("li", {}, [patch, element("span", { textContent: label(least) })]);
  });
  const issued = layer ? `from each figure on; blank: less, or a quiet place · issued ${layer.issuedAt.slice(0, 16).replace("T", " ")} UTC${layer.hindsight ? ", in hindsight" : ""}` : "loading …";
  holder.replaceChildren(element("strong", { textContent: title }), element("ol", {}, steps), element("small", { textContent: issued }));
}

const cellWords = ([, , chance, normal, gain]) =>
  `M5+ within 100 km in 7 days: ${percent(chance)}; a normal day: ${percent(normal)} (${gain < 10 ? gain.toFixed(1) : Math.round(gain).toLocaleString("en")} times)`;
