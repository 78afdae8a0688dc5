// The live map: keeps what is known, draws it, listens to hand, keyboard, page server and alert stream.
const HALO = "#c2459a", SILENT_S = 45, TABLE_ROWS = 50, FRESH_MS = 6000, NEAR_KM = 300;

class LiveMap {
  constructor(root, { outlines, levels, notice }, open) {
    Object.assign(this, { root, levels, open });
    this.world = new World(root.querySelector("canvas"), outlines);
    Object.assign(this, { events: new Map(), alerts: new Map(), ordered: [], chosen: null, heard: new Map(), told: null });
    this.stream = new AlertStream((alert) => this.hear(alert), (state) => (root.querySelector(".wire").textContent = state));
    this.stopped = new AbortController();
    root.querySelector(".credit").textContent = `Made with ${outlines.credit}`;
    root.querySelector(".notice").textContent = notice;
    fillLegend(root.querySelector(".legend"), levels);
    this.watch();
    this.receive();
  }

  watch() {
    const { signal } = this.stopped;
    window.addEventListener("quakestream", () => this.receive(), { signal });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw(), { signal });
    handle(this, signal);
    this.resized = new ResizeObserver(() => this.redraw());
    this.resized.observe(this.world.canvas);
    this.themed = new MutationObserver(() => this.redraw());
    this.themed.observe(document.documentElement, { attributes: true, subtree: true, attributeFilter: ["style", "class"] });
    this.clock = setInterval(() => this.told && this.head(), 1000);
  }

  stop() {
    this.stopped.abort();
    this.resized.disconnect();
    this.themed.disconnect();
    clearInterval(this.clock);
    this.stream.close();
  }

  /** Takes over what the page's server last said: the whole (`base`) and what changed since (`changes`). */
  receive() {
    const { base, changes } = window.quakestream ?? {};
    if (!base || !changes || base.number !== changes.number) return;
    this.told = changes;
    this.toldAt = Date.now();
    this.events = merged(base.events, changes.events, changes.gone, base.fields, "quake_id");
    this.alerts = merged(base.alerts, changes.alerts, [], base.alert_fields, "alert_id");
    for (const alert of this.heard.values()) this.add(alert);
    this.stream.listen(changes.stream_url);
    this.refresh();
  }

  /** An alert from the stream: shown at once, kept until the page's server tells it too. */
  hear(alert) {
    const heard = { ...alert, origin_time: Date.parse(alert.origin_time) / 1000, sent_at: Date.parse(alert.sent_at) / 1000, at: Date.now() };
    this.heard.set(alert.alert_id, heard);
    setTimeout(() => this.heard.delete(alert.alert_id), 60000);
    this.add(heard);
    this.refresh();
  }

  add(alert) {
    this.alerts.set(alert.alert_id, alert);
    const known = this.events.get(alert.quake_id);
    const over = alert.message_type === "CANCEL";
    if (over) this.events.delete(alert.quake_id);
    else if (!known || known.revision <= alert.revision) this.events.set(alert.quake_id, { rings: [], ...known, ...alert });
  }

  refresh() {
    this.ordered = [...this.events.values()].sort((a, b) => b.origin_time - a.origin_time);
    // Alerts on top; among equals small above large, so that nothing is hidden.
    const rank = Object.fromEntries(Object.keys(this.levels).map((level, i) => [level, i]));
    this.stacked = [...this.ordered].sort((a, b) => rank[a.alert_level] - rank[b.alert_level] || (b.magnitude ?? 0) - (a.magnitude ?? 0));
    const empty = this.root.querySelector(".empty");
    empty.textContent = this.told?.empty ?? "";
    empty.hidden = this.ordered.length > 0 || !empty.textContent;
    const alerts = [...this.alerts.values()].sort((a, b) => b.sent_at - a.sent_at || b.seq - a.seq).slice(0, TABLE_ROWS);
    const fresh = new Set(alerts.filter((alert) => Date.now() - (alert.at ?? 0) < FRESH_MS).map((alert) => alert.alert_id));
    fillAlerts(this.root, alerts, this.levels, fresh, (alert) => this.choose(this.find(alert.quake_id), true));
    fillTable(this.root.querySelector("tbody"), this.ordered, this.levels, this.open);
    if (this.chosen) this.choose(this.find(this.chosen.quake_id));
    this.head();
    this.redraw();
  }

  /** An earthquake on the map, or one too old or too small for it that an alert still stands for. */
  find(quakeId) {
    const alerts = [...this.alerts.values()].filter((alert) => alert.quake_id === quakeId);
    return this.events.get(quakeId) ?? alerts.sort((a, b) => b.seq - a.seq)[0] ?? null;
  }

  head() {
    if (this.told) fillHeader(this.root, this.told, (Date.now() - this.toldAt) / 1000);
  }

  choose(event, fly = false) {
    if (event !== this.chosen) fillChosen(this.root.querySelector(".chosen"), event, this.levels, this.open);
    this.chosen = event;
    if (event && fly) {
      this.world.show(event.longitude, event.latitude, event.rings?.[0]?.[1] ?? NEAR_KM);
      this.world.canvas.scrollIntoView({ block: "nearest" });
    }
    this.redraw();
  }

  redraw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.world.resize()) return;
    this.world.settle();
    const colours = this.world.draw(isDark(this.root));
    const newest = this.ordered[0]?.origin_time ?? 0;
    drawMarks(this.world, this.stacked ?? [], this.levels, colours, newest);
    if (this.chosen) {
      if (!this.events.has(this.chosen.quake_id)) drawMarks(this.world, [this.chosen], this.levels, colours, newest);
      drawRings(this.world, this.chosen, colours);
      drawCross(this.world, this.chosen, colours);
    }
    this.root.dataset.drawn = this.ordered.length;
  }
}

function merged(base, changed, gone, fields, key) {
  const rows = new Map();
  for (const values of [...base, ...changed]) {
    const row = Object.fromEntries(fields.map((field, i) => [field, values[i]]));
    rows.set(row[key], row);
  }
  for (const id of gone) rows.delete(id);
  return rows;
}

function isDark(root) {
  const probe = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  const [r, g, b] = probe.startsWith("#") ? [1, 3, 5].map((i) => parseInt(probe.slice(i, i + 2), 16)) : (probe.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".quake");
  root.liveMap ??= new LiveMap(root, data, (quakeId) => setTriggerValue("open", quakeId));
  return () => {
    root.liveMap?.stop();
    delete root.liveMap;
  };
}
