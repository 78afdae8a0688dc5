// The live map: draws what is known, listens to hand, keyboard, page server and alert stream.
const SILENT_S = 45, TABLE_ROWS = 50, FRESH_MS = 6000, NEAR_KM = 200;
const LEAST = [[-9, "All"], [2.5, "M2.5+"], [4.5, "M4.5+"], [6, "M6+"]];
const LAYER_NAMES = [["none", "No forecast"], ["chance", "Chance"], ["gain", "Gain"]];

class LiveMap {
  constructor(root, { outlines, levels, windows, notice, halo }) {
    Object.assign(this, { root, levels, halo, windows: Object.entries(windows).map(([days, name]) => [Number(days), name]) });
    this.world = new World(root.querySelector("canvas"), outlines);
    Object.assign(this, { ledger: new Ledger(), ordered: [], stacked: [], haloed: [], chosen: null, told: null, layer: null, places: null });
    this.least = LEAST[0][0];
    this.wishes = new Wishes(() => this.wished());
    this.open = (quakeId) => window.quakestream.trigger?.("open", quakeId);
    this.stream = new AlertStream((alert) => this.hear(alert), (state) => (root.querySelector(".wire").textContent = state), () => this.askTicket());
    this.stopped = new AbortController();
    this.past = new Past(this);
    root.querySelector(".credit").textContent = `Made with ${outlines.credit}`;
    root.querySelector(".notice").textContent = notice;
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

  wished() {
    this.fillChoices();
    this.redraw();
  }

  /** Another time span begins at now. */
  span(days) {
    this.past.pause();
    this.past.range.value = STEPS;
    this.past.asOf = null;
    this.ask({ days, as_of: null });
    this.past.show();
  }

  /** What the reader wants to see. */
  get wish() {
    return this.wishes.now;
  }

  ask(more) {
    this.wishes.ask(more);
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
    if (changes.same) return this.wishes.check("changes", changes.name);
    this.ledger.take(base, changes);
    this.stream.listen(changes.stream_url, changes.keyed);
    this.refresh();
    this.past.show();
    this.wishes.hold("changes", changes.name);
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
    if (content?.same) return this.wishes.check("grid", name);
    this.layer = content?.cells ? new Layer(content) : null;
    this.layerProblem = content?.problem ?? "";
    this.wishes.hold("grid", name);
  }

  hear(told) {
    const alert = this.ledger.hear(told);
    this.root.querySelector(".spoken").textContent = `New: ${alertWords(alert, this.levels)}`;
    this.refresh();
    this.past.show();
  }

  refresh() {
    this.ordered = this.ledger.ordered(this.least);
    this.events = new Map(this.ordered.map((event) => [event.quake_id, event]));
    // Alerts on top; among equals small above large, so that nothing is hidden.
    const rank = Object.fromEntries(Object.keys(this.levels).map((level, i) => [level, i]));
    const larger = (a, b) => (b.magnitude ?? 0) - (a.magnitude ?? 0);
    this.stacked = [...this.ordered].sort((a, b) => rank[a.alert_level] - rank[b.alert_level] || larger(a, b));
    this.haloed = this.ordered.filter((event) => event.forecast_level >= this.halo.from).sort(larger);
    this.fillLists();
    if (this.chosen) this.choose(this.find(this.chosen.quake_id));
    this.head();
    this.redraw();
  }

  fillLists() {
    const empty = this.root.querySelector(".empty");
    empty.textContent = this.ledger.known.size ? "No earthquakes of this size in this time." : this.told?.empty ?? "";
    empty.hidden = this.ordered.length > 0 || !empty.textContent;
    const alerts = this.ledger.told().slice(0, TABLE_ROWS);
    const fresh = new Set(alerts.filter((alert) => Date.now() - (alert.at ?? 0) < FRESH_MS).map((alert) => alert.alert_id));
    fillAlerts(this.root, alerts, this.levels, fresh, (alert) => this.choose(this.find(alert.quake_id), true));
    fillTable(this.root.querySelector("tbody"), this.ordered, this.levels, this.open);
  }

  find(quakeId) {
    return this.events.get(quakeId) ?? this.ledger.fromAlert(quakeId);
  }

  head() {
    if (this.told) fillHeader(this.root, this.told, (Date.now() - this.toldAt) / 1000);
  }

  choose(event, fly = false) {
    const other = event?.quake_id !== this.chosen?.quake_id;
    if (event !== this.chosen) fillChosen(this.root.querySelector(".chosen"), event, this.levels, this.open, () => this.shut());
    this.chosen = event;
    if (other) this.ask({ chosen: event?.quake_id ?? null });
    this.around();
    if (event && fly) {
      this.world.show(event.longitude, event.latitude, event.rings?.[0]?.[1] ?? NEAR_KM);
      this.world.canvas.scrollIntoView({ block: "nearest" });
    }
    this.redraw();
  }

  shut() {
    this.choose(null);
    this.world.canvas.focus();
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

  draw() {
    drawPicture(this);
  }

  redraw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }
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
