// What is known: earthquakes and alerts as the page's server told them, and what the stream brought since.
const KEEP_HEARD_MS = 60000;

class Ledger {
  constructor() {
    Object.assign(this, { known: new Map(), alerts: new Map(), heard: new Map(), shown: null, newest: 0 });
  }

  /** Takes over the whole (`base`) and what changed since; `shown` is the moment whose knowledge that is, null for now. */
  take(base, changes) {
    this.shown = changes.as_of ?? null;
    this.known = merged(base.events, changes.events, changes.gone, base.fields, "quake_id");
    this.alerts = merged(base.alerts, changes.alerts, [], base.alert_fields, "alert_id");
    const times = base.events.map((row) => row[base.fields.indexOf("origin_time")]);
    if (this.shown === null) this.newest = times.reduce((a, b) => Math.max(a, b), 0);
    for (const alert of this.heard.values()) this.add(alert);
  }

  /** An alert from the stream: counts at once, and is kept until the page's server tells it too. */
  hear(told) {
    const alert = { ...told, origin_time: Date.parse(told.origin_time) / 1000, sent_at: Date.parse(told.sent_at) / 1000, at: Date.now() };
    this.heard.set(alert.alert_id, alert);
    setTimeout(() => this.heard.delete(alert.alert_id), KEEP_HEARD_MS);
    this.add(alert);
    return alert;
  }

  /** Among the alerts at once; among the earthquakes unless a past is shown in which nobody knew of it. */
  add(alert) {
    this.alerts.set(alert.alert_id, alert);
    if (!this.was(alert)) return;
    const known = this.known.get(alert.quake_id);
    if (alert.message_type === "CANCEL") this.known.delete(alert.quake_id);
    else if (!known || known.revision <= alert.revision) this.known.set(alert.quake_id, { rings: [], ...known, ...alert });
  }

  /** Whether an alert had been sent by the moment that is shown. */
  was(alert) {
    return this.shown === null || alert.sent_at <= this.shown;
  }

  /** Alerts sent by then, newest first. */
  told() {
    return [...this.alerts.values()].filter((alert) => this.was(alert)).sort((a, b) => b.sent_at - a.sent_at || b.seq - a.seq);
  }

  /** An earthquake as its newest alert tells it, null without one: for those too old or too small for the map. */
  fromAlert(quakeId) {
    return this.told().filter((alert) => alert.quake_id === quakeId).sort((a, b) => b.seq - a.seq)[0] ?? null;
  }

  /** How many alerts came after a moment. */
  newer(moment) {
    return [...this.alerts.values()].filter((alert) => alert.sent_at > moment).length;
  }

  /** Earthquakes of at least that magnitude, newest first. */
  ordered(least) {
    const all = [...this.known.values()];
    const large = least > -9 ? all.filter((event) => (event.magnitude ?? -9) >= least) : all;
    return large.sort((a, b) => b.origin_time - a.origin_time);
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
