// What the reader wants to see, told to the page's server, and which large things are here already.
class Wishes {
  /** `changed` is called after each wish. */
  constructor(changed) {
    Object.assign(this, { changed, now: { days: 1, layer: "none", chosen: null, as_of: null }, held: { changes: "", grid: "" } });
  }

  ask(more) {
    this.now = { ...this.now, ...more };
    window.quakestream.wish?.(this.now);
    this.changed();
  }

  /** Remembers which large thing is here and tells the page's server, which need not send it again. */
  hold(part, name) {
    if (this.held[part] === name) return;
    this.held[part] = name;
    this.have();
  }

  /** The server takes something for sent; if it is not here, because the page was opened anew, it has to come again. */
  check(part, name) {
    if (this.held[part] !== name) this.have();
  }

  have() {
    this.ask({ have: Object.values(this.held).filter(Boolean) });
  }
}
