// The slider through what was known when: asks the page's server for one moment after the other.
const STEPS = 96, SHORTEST_MS = 450, DAY_S = 86400;

class Past {
  constructor(map) {
    const find = (name) => map.root.querySelector(`.time ${name}`);
    Object.assign(this, { map, range: find("input"), told: find(".to"), from: find(".from"), play: find(".play"), now: find(".now"), asOf: null, timer: null, at: 0 });
    const { signal } = map.stopped;
    this.range.max = STEPS;
    this.range.addEventListener("input", () => this.move(), { signal });
    this.play.addEventListener("click", () => (this.timer ? this.pause() : this.start()), { signal });
    this.now.addEventListener("click", () => this.reset(), { signal });
    this.show();
  }

  /** Seconds between two positions: the span in STEPS parts. */
  get step() {
    return (this.map.wish.days * DAY_S) / STEPS;
  }

  /** The moment of a position; the last one is now, which has none. Moments lie on whole steps, so that viewers share. */
  moment(position) {
    const end = Math.floor(this.map.ledger.newest / this.step) * this.step;
    return position >= STEPS || !this.map.ledger.newest ? null : end - (STEPS - 1 - position) * this.step;
  }

  move() {
    this.asOf = this.moment(Number(this.range.value));
    this.at = Date.now();
    this.show();
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.map.ask({ as_of: this.asOf }), this.timer ? 0 : 200);
  }

  start() {
    if (Number(this.range.value) >= STEPS) this.range.value = 0;
    this.timer = setInterval(() => this.tick(), 100);
    this.move();
  }

  /** On to the next moment once the last one is drawn and has been seen. */
  tick() {
    if (Date.now() - this.at < SHORTEST_MS || this.map.ledger.shown !== this.asOf) return;
    this.range.value = Number(this.range.value) + 1;
    this.move();
    if (this.asOf === null) this.pause();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.show();
  }

  reset() {
    this.pause();
    this.range.value = STEPS;
    this.move();
  }

  show() {
    const newer = this.asOf === null ? 0 : this.map.ledger.newer(this.asOf);
    const words = this.asOf === null ? "now" : `as known ${utc(this.asOf)} UTC`;
    const first = this.moment(0);
    this.from.textContent = first ? utc(first).slice(5) : "";
    this.told.textContent = words;
    this.range.setAttribute("aria-valuetext", words);
    this.play.textContent = this.timer ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.timer ? "Pause" : "Replay what was known when");
    this.now.hidden = this.asOf === null;
    this.now.textContent = newer ? `Back to now (${newer} newer alert${newer > 1 ? "s" : ""})` : "Back to now";
    this.map.root.classList.toggle("past", this.asOf !== null);
  }
}
