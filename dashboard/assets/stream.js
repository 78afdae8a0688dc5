// The alert stream: straight from the API to the browser, resumed after the last alert seen, patient when it is away.
const PLACE_LOST = [4400, 4410];

class AlertStream {
  constructor(onAlert, onState) {
    Object.assign(this, { onAlert, onState, url: null, place: null, wait: 500, socket: null, timer: null });
  }

  /** Listens at `url` from now on; the same url again changes nothing. */
  listen(url) {
    if (!url || url === this.url) return;
    this.close();
    this.url = url;
    this.open();
  }

  open() {
    const url = new URL(this.url);
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
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(2 * this.wait, 15000);
  }

  close() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = this.url = null;
    socket?.close();
  }
}
