// The alert stream: straight from the API to the browser, resumed after the last alert seen, patient when it is away.
const PLACE_LOST = [4400, 4410];

class AlertStream {
  /** `askTicket` asks the page's server for a ticket, which comes back through `enter`. */
  constructor(onAlert, onState, askTicket) {
    Object.assign(this, { onAlert, onState, askTicket, url: null, keyed: false, place: null, wait: 500, socket: null, timer: null });
  }

  /** Listens at `url` from now on; the same url again changes nothing. Where the API asks for keys, a ticket opens it. */
  listen(url, keyed) {
    if (!url || url === this.url) return;
    this.close();
    Object.assign(this, { url, keyed });
    this.knock();
  }

  knock() {
    if (!this.keyed) return this.enter();
    this.onState("asking for a ticket");
    this.askTicket();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.knock(), 15000);
  }

  enter(ticket = null) {
    if (!this.url) return;
    clearTimeout(this.timer);
    const url = new URL(this.url);
    if (ticket) url.searchParams.set("ticket", ticket);
    if (this.place) for (const [name, value] of Object.entries(this.place)) url.searchParams.set(name, value);
    const socket = (this.socket = new WebSocket(url));
    socket.onopen = () => this.onState("connected");
    socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.socket && this.retry(code);
  }

  take(frame) {
    this.wait = 500;
    const { seq, epoch } = frame.alert ?? frame;
    if (epoch) this.place = { last_seq: seq, epoch };
    if (frame.alert) this.onAlert(frame.alert);
  }

  /** Tries again, later each time; from now on where the server no longer knows our place. */
  retry(code) {
    this.onState("waiting for the stream");
    if (PLACE_LOST.includes(code)) this.place = null;
    this.timer = setTimeout(() => this.knock(), this.wait);
    this.wait = Math.min(2 * this.wait, 15000);
  }

  close() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = this.url = null;
    socket?.close();
  }
}
