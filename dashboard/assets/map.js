// The live map: keeps what is known, draws it, listens to hand, keyboard, page server and alert stream.
const HALO = "#c2459a", SILENT_S = 45, TABLE_ROWS = 50, FRESH_MS = 6000, NEAR_KM = 300;
const LEAST = [[-9, "All"], [2.5, "M2.5+"], [4.5, "M4.5+"], [6, "M6+"]];
const LAYER_NAMES = [["none", "No forecast"], ["chance", "Chance"], ["gain", "Gain"]];

class LiveMap {
  constructor(root, { outlines, levels, windows, notice }) {
    Object.assign(this, { root, levels, windows: Object.entries(windows).map(([days, name]) => [Number(days), name]) });
    this.world = new World(root.querySelector("canvas"), outlines);
    Object.assign(this, { known: new Map(), events: new Map(), alerts: new Map(), ordered: [], heard: new Map(), chosen: null, told: null });
    Object.assign(this, { wish: { days: 1, layer: "none", chosen: null, as_of: null }, least: -9, layer: null, places: null, newest: 0, shown: null, held: { changes: "", grid: "" } });
    this.open = (quakeId) => window.quakestream.trigger?.("open", quakeId);
    this.stream = new AlertStream((alert) => this.hear(alert), (state) => (root.querySelector(".wire").textContent = state), () => this.askTicket());
    this.stopped = new AbortController();
    this.past = new Past(this);
    root.querySelector(".credit").textContent = `Made with ${outlines.credit}`;
    root.querySelector(".notice").textContent = notice;
    fillLegend(root.querySelector(".legend"), levels);
    this.fillChoices();
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
    this.past.pause();
    this.resized.disconnect();
    this.themed.disconnect();
    clearInterval(this.clock);
    this.stream.close();
  }

  fillChoices() {
    const choice = (name, values, chosen, choose) => fillChoice(this.root.querySelector(`[data-choice=${name}]`), values, chosen, choose);
    choice("days", this.windows, this.wish.days, (days) => this.span(days));
    choice("layer", LAYER_NAMES, this.wish.layer, (layer) => this.ask({ layer }));
    choice("least", LEAST, this.least, (least) => {
      this.least = least;
      this.fillChoices();
      this.refresh();
    });
  }

  /** Another time span begins at now. */
  span(days) {
    this.past.pause();
    this.past.range.value = STEPS;
    this.past.asOf = null;
    this.ask({ days, as_of: null });
    this.past.show();
  }

  /** Tells the page's server what the reader wants to see. */
  ask(more) {
    this.wish = { ...this.wish, ...more };
    this.fillChoices();
    window.quakestream.wish?.(this.wish);
    this.redraw();
  }

  askTicket() {
    this.tickets = (this.tickets ?? 0) + 1;
    window.quakestream.trigger?.("ticket", this.tickets);
  }

  /** Takes over what the page's server last said: the whole (`base`) and what changed since (`changes`). */
  receive() {
    const { base, changes, grid, places, ticket } = window.quakestream ?? {};
    this.take(grid, places?.content, ticket?.content);
    if (!base || !changes || base.number !== changes.number || changes === this.told) return this.redraw();
    this.told = changes;
    this.toldAt = Date.now();
    if (changes.same) return this.check("changes", changes.name);
    this.shown = changes.as_of ?? null;
    this.known = merged(base.events, changes.events, changes.gone, base.fields, "quake_id");
    this.alerts = merged(base.alerts, changes.alerts, [], base.alert_fields, "alert_id");
    if (this.shown === null) this.newest = Math.max(0, ...base.events.map((row) => row[base.fields.indexOf("origin_time")]));
    for (const alert of this.heard.values()) this.add(alert);
    this.stream.listen(changes.stream_url, changes.keyed);
    this.refresh();
    this.past.show();
    this.hold("changes", changes.name);
  }

  take(grid, places, ticket) {
    if (grid && grid !== this.gridTold) this.takeGrid((this.gridTold = grid));
    if (places !== this.places) {
      this.places = places;
      this.around();
    }
    if (ticket?.ticket && ticket.number === this.tickets && ticket.number !== this.entered) {
      this.entered = ticket.number;
      this.stream.enter(ticket.ticket);
    }
  }

  takeGrid({ content, name }) {
    if (content?.same) return this.check("grid", name);
    this.layer = content?.cells ? new Layer(content) : null;
    this.layerProblem = content?.problem ?? "";
    this.hold("grid", name);
  }

  /** Remembers which large thing is here and tells the page's server, which need not send it again. */
  hold(part, name) {
    if (this.held[part] === name) return;
    this.held[part] = name;
    this.ask({ have: Object.values(this.held).filter(Boolean) });
  }

  /** The server takes something for sent; if it is not here, because the page was opened anew, it has to come again. */
  check(part, name) {
    if (this.held[part] !== name) this.ask({ have: Object.values(this.held).filter(Boolean) });
  }

  /** An alert from the stream: shown at once, kept until the page's server tells it too. */
  hear(alert) {
    const heard = { ...alert, origin_time: Date.parse(alert.origin_time) / 1000, sent_at: Date.parse(alert.sent_at) / 1000, at: Date.now() };
    this.heard.set(alert.alert_id, heard);
    setTimeout(() => this.heard.delete(alert.alert_id), 60000);
    this.add(heard);
    this.refresh();
    this.past.show();
  }

  /** Into the list at once; onto the map unless that shows a past in which nobody knew of it. */
  add(alert) {
    this.alerts.set(alert.alert_id, alert);
    if (this.shown !== null && alert.sent_at > this.shown) return;
    const known = this.known.get(alert.quake_id);
    if (alert.message_type === "CANCEL") this.known.delete(alert.quake_id);
    else if (!known || known.revision <= alert.revision) this.known.set(alert.quake_id, { rings: [], ...known, ...alert });
  }

  refresh() {
    const large = ([, event]) => (event.magnitude ?? -9) >= this.least;
    this.events = this.least > -9 ? new Map([...this.known].filter(large)) : this.known;
    this.ordered = [...this.events.values()].sort((a, b) => b.origin_time - a.origin_time);
    // Alerts on top; among equals small above large, so that nothing is hidden.
    const rank = Object.fromEntries(Object.keys(this.levels).map((level, i) => [level, i]));
    this.stacked = [...this.ordered].sort((a, b) => rank[a.alert_level] - rank[b.alert_level] || (b.magnitude ?? 0) - (a.magnitude ?? 0));
    this.fillLists();
    if (this.chosen) this.choose(this.find(this.chosen.quake_id));
    this.head();
    this.redraw();
  }

  fillLists() {
    const empty = this.root.querySelector(".empty");
    empty.textContent = this.known.size ? "No earthquakes of this size in this time." : this.told?.empty ?? "";
    empty.hidden = this.ordered.length > 0 || !empty.textContent;
    const told = [...this.alerts.values()].filter((alert) => this.shown === null || alert.sent_at <= this.shown);
    const alerts = told.sort((a, b) => b.sent_at - a.sent_at || b.seq - a.seq).slice(0, TABLE_ROWS);
    const fresh = new Set(alerts.filter((alert) => Date.now() - (alert.at ?? 0) < FRESH_MS).map((alert) => alert.alert_id));
    fillAlerts(this.root, alerts, this.levels, fresh, (alert) => this.choose(this.find(alert.quake_id), true));
    fillTable(this.root.querySelector("tbody"), this.ordered, this.levels, this.open);
  }

  /** An earthquake on the map, or one too old or too small for it that an alert still stands for. */
  find(quakeId) {
    const alerts = [...this.alerts.values()].filter((alert) => alert.quake_id === quakeId && (this.shown === null || alert.sent_at <= this.shown));
    return this.events.get(quakeId) ?? alerts.sort((a, b) => b.seq - a.seq)[0] ?? null;
  }

  head() {
    if (this.told) fillHeader(this.root, this.told, (Date.now() - this.toldAt) / 1000);
  }

  choose(event, fly = false) {
    const other = event?.quake_id !== this.chosen?.quake_id;
    if (event !== this.chosen) fillChosen(this.root.querySelector(".chosen"), event, this.levels, this.open, () => this.choose(null));
    this.chosen = event;
    if (other) this.ask({ chosen: event?.quake_id ?? null });
    this.around();
    if (event && fly) {
      this.world.show(event.longitude, event.latitude, event.rings?.[0]?.[1] ?? NEAR_KM);
      this.world.canvas.scrollIntoView({ block: "nearest" });
    }
    this.redraw();
  }

  /** People and towns, once they are those of the chosen earthquake. */
  around() {
    if (this.chosen) fillAround(this.root.querySelector(".around"), this.placesOfChosen());
  }

  placesOfChosen() {
    const told = this.places;
    return told && (told.problem || told.quake_id === this.chosen?.quake_id) ? told : null;
  }

  layerWords(x, y) {
    const cell = this.wish.layer !== "none" ? this.layer?.at(...this.world.place(x, y)) : null;
    return cell ? cellWords(cell) : "";
  }

  redraw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.world.resize()) return;
    this.world.settle();
    const dark = isDark(this.root);
    const layered = this.wish.layer !== "none" ? this.layer : null;
    const colours = this.world.draw(dark, layered && ((context) => layered.draw(context, this.wish.layer, dark)));
    const newest = this.ordered[0]?.origin_time ?? 0;
    drawMarks(this.world, this.stacked ?? [], this.levels, colours, newest);
    if (this.chosen) this.drawChosen(colours, newest);
    this.drawKey(dark);
    this.root.dataset.drawn = this.ordered.length;
  }

  drawChosen(colours, newest) {
    if (!this.events.has(this.chosen.quake_id)) drawMarks(this.world, [this.chosen], this.levels, colours, newest);
    drawRings(this.world, this.chosen, colours);
    drawCross(this.world, this.chosen, colours);
    drawTowns(this.world, this.placesOfChosen()?.places ?? [], colours);
  }

  drawKey(dark) {
    const state = [this.wish.layer, this.layer?.issuedAt, this.layerProblem, dark].join();
    if (state === this.keyed) return;
    this.keyed = state;
    const holder = this.root.querySelector(".key");
    fillKey(holder, this.wish.layer, this.layer, dark);
    if (this.layerProblem && !holder.hidden) holder.lastChild.textContent = this.layerProblem;
    this.root.dataset.cells = this.wish.layer !== "none" && this.layer ? this.layer.cells.length : 0;
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

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".quake");
  root.mounted = true;
  if (!root.liveMap) inflated(data).then((given) => root.mounted && (root.liveMap ??= new LiveMap(root, given)));
  return () => {
    root.mounted = false;
    root.liveMap?.stop();
    delete root.liveMap;
  };
}
