// Everything around the canvas, in words: badges, the chosen earthquake, alerts, legend, table. Text only, never HTML.
const number = (value, digits = 1) => (value === null || value === undefined ? "unknown" : value.toFixed(digits));
const percent = (p) => (p === null || p === undefined ? "unknown" : p < 0.001 ? "< 0.1 %" : p > 0.99 ? "> 99 %" : `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`);
const utc = (seconds) => new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ");
const title = (event) => `M ${number(event.magnitude)} ${event.place || "place not named"}`;
const ago = (seconds) =>
  seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;

/** An element with text and children; `children` may hold null. */
function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function swatch({ colour, shape }, dash, radius = 5.5) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const polygon = document.createElementNS(svg.namespaceURI, "polygon");
  const points = SHAPES[shape](radius).map(([x, y]) => `${x + 9},${y + 9}`).join(" ");
  const looks = { points, fill: dash ? "none" : colour, stroke: dash ? colour : "currentColor", "stroke-width": dash ? 2 : 1, "stroke-dasharray": dash ?? "" };
  for (const [name, value] of Object.entries(looks)) polygon.setAttribute(name, value);
  svg.setAttribute("viewBox", "0 0 18 18");
  svg.setAttribute("aria-hidden", "true");
  svg.append(polygon);
  return svg;
}

function fillLegend(list, levels) {
  const items = Object.values(levels).map((level) => element("li", {}, [swatch(level), ` ${level.label}`]));
  const halo = element("li", {}, [swatch({ colour: HALO, shape: "circle" }, "3 2"), " M5+ within 7 days: 5 % or more, tenfold a normal day"]);
  const sizes = [3, 5, 6].map((magnitude) => swatch({ colour: "none", shape: "circle" }, null, Math.min(8.5, markRadius(magnitude))));
  list.replaceChildren(...items, halo, element("li", {}, ["size: ", ...sizes, " M 3, 5, 6"]));
}

/** The header: what kind of data this is and how old. `seconds` have passed since the page was told. */
function fillHeader(root, { badges, feed_age_s: age, clock, counts, problem }, seconds) {
  const silent = seconds > SILENT_S;
  const shown = silent ? ["STALE"] : badges;
  const text = shown.join(" ");
  const holder = root.querySelector(".badges");
  if (holder.textContent.trim() !== shown.join("")) {
    holder.replaceChildren(...shown.map((label) => element("span", { className: `badge ${label.toLowerCase()}`, textContent: label })));
    holder.setAttribute("aria-label", `Data: ${text}`);
  }
  root.querySelector(".age").textContent = clock || (age === null ? "" : `feed ${ago(age + seconds)} old`);
  root.querySelector(".counts").textContent = counts;
  const box = root.querySelector(".problem");
  box.textContent = silent ? "This page has lost its server; what you see is old. It goes on by itself when the server is back." : problem;
  box.hidden = !box.textContent;
}

function fillChosen(holder, event, levels, open, shut) {
  holder.hidden = !event;
  if (!event) return holder.replaceChildren();
  holder.style.setProperty("--level", levels[event.alert_level].colour);
  const facts = [
    ["Origin", `${utc(event.origin_time)} UTC`],
    ["Depth", event.depth_km === null ? "unknown" : `${number(event.depth_km, 0)} km`],
    ["Solution", `${event.review_status}, revision ${event.revision}`],
    ["Level", levels[event.alert_level].label],
    ["Intensity", event.intensity === null ? "unknown" : `MMI ${number(event.intensity)} at the epicentre (expected)`],
    ["People at VI+", event.people_mmi6 === null ? "unknown" : event.people_mmi6.toLocaleString("en")],
    ["M5+ in 7 days", `${percent(event.probability)}; a normal day: ${percent(event.baseline_probability)} (${Number(event.gain.toPrecision(3)).toLocaleString("en")} times)`],
  ];
  const rows = facts.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]);
  const link = eventLink(event, "Revisions, forecast and alerts", open);
  const close = element("button", { type: "button", className: "shut", textContent: "×", onclick: shut });
  close.setAttribute("aria-label", "Close");
  const heading = element("h3", { textContent: title(event) });
  return holder.replaceChildren(heading, close, element("dl", {}, rows), link, element("div", { className: "around" }));
}

/** People by intensity and the towns around the chosen earthquake. */
function fillAround(holder, places) {
  if (!holder) return;
  if (!places) return holder.replaceChildren(element("p", { className: "quiet", textContent: "Looking up the people around …" }));
  if (places.problem) return holder.replaceChildren(element("p", { className: "quiet", textContent: places.problem }));
  if (!places.places.length) return holder.replaceChildren(element("p", { className: "quiet", textContent: "No place is expected to have felt it (MMI III or more)." }));
  const towns = places.places.map((town) =>
    element("li", {}, [
      element("span", { className: "mmi", textContent: ROMAN[Math.round(town.intensity)], title: `MMI ${number(town.intensity)}` }),
      element("span", { textContent: `${town.name}, ${short(town.population)} people` }),
      element("span", { className: "far", textContent: `${Math.round(town.distance_km)} km` }),
    ]));
  holder.replaceChildren(element("h4", { textContent: "People by expected intensity" }), bars(places.people_mmi),
    element("h4", { textContent: "Towns and the intensity expected there" }), element("ol", { className: "towns" }, towns));
}

const short = (people) => (people >= 1e6 ? `${(people / 1e6).toFixed(1)} M` : people >= 1e3 ? `${Math.round(people / 1e3)} k` : `${people}`);

/** One bar an intensity from III up; heights on a logarithmic scale, figures beside them. */
function bars(people) {
  const most = Math.log10(Math.max(10, ...people));
  const columns = people.slice(2).map((count, i) => {
    const bar = element("i");
    bar.style.height = `${count > 0 ? Math.max(2, 28 * Math.log10(Math.max(count, 1.3)) / most) : 0}px`;
    return element("span", {}, [count > 0 ? short(count) : "", bar, ROMAN[i + 3]]);
  });
  const holder = element("div", { className: "people" }, columns);
  holder.setAttribute("role", "img");
  holder.setAttribute("aria-label", people.map((count, i) => `MMI ${ROMAN[i + 1]}: ${count}`).slice(2).join(", "));
  return holder;
}

/** Buttons of which one is pressed; `values` are [value, label]. */
function fillChoice(group, values, chosen, choose) {
  group.replaceChildren(...values.map(([value, textContent]) => {
    const button = element("button", { type: "button", textContent, onclick: () => choose(value) });
    button.setAttribute("aria-pressed", String(value === chosen));
    return button;
  }));
}

/** A link to an earthquake's own page: opened without a reload, and still a link to copy or open in a tab. */
function eventLink({ quake_id: quakeId }, textContent, open) {
  const onclick = (click) => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    open(quakeId);
  };
  return element("a", { href: `event?quake_id=${encodeURIComponent(quakeId)}`, textContent, target: "_self", onclick });
}

function fillAlerts(root, alerts, levels, fresh, choose) {
  const items = alerts.map((alert) => {
    const over = ["CANCEL", "EXPIRED"].includes(alert.message_type);
    const button = element("button", { type: "button", className: `${fresh.has(alert.alert_id) ? "fresh" : ""} ${over ? "over" : ""}`, onclick: () => choose(alert) }, [
      swatch(levels[alert.alert_level]),
      element("span", { className: "what", textContent: `${alert.drill ? "EXERCISE: " : ""}${alert.message_type} ${title(alert)}` }),
      element("span", { className: "when", textContent: `${utc(alert.sent_at)} UTC` }),
      element("span", { className: "why", textContent: `${alert.reason}; M5+ in 7 days: ${percent(alert.probability)}` }),
    ]);
    return element("li", {}, [button]);
  });
  root.querySelector(".alerts").replaceChildren(...items);
  root.querySelector(".quiet").hidden = items.length > 0;
}

function fillTable(body, events, levels, open) {
  const rows = events.slice(0, TABLE_ROWS).map((event) => {
    const link = eventLink(event, event.place || "place not named", open);
    const depth = event.depth_km === null ? "unknown" : `${number(event.depth_km, 0)} km`;
    const cells = [utc(event.origin_time), number(event.magnitude), link, depth, levels[event.alert_level].label, percent(event.probability)];
    return element("tr", {}, cells.map((cell) => element("td", {}, [cell])));
  });
  body.replaceChildren(...rows);
}
