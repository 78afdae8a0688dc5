// What stands around the canvas: badges, choices, legend, alerts, table.
/** The legend; magnitudes as large as the map draws them at `size`. */
function fillLegend(list, levels, halo, size) {
  const items = Object.values(levels).map((level) => element("li", {}, [swatch(level), ` ${level.label}`]));
  const ring = element("li", {}, [swatch({ colour: halo.colour, shape: "circle" }, "3 2"), ` ${halo.label}`]);
  const sizes = [3, 5, 6].map((magnitude) =>
    element("li", {}, [swatch({ colour: "none", shape: "circle" }, null, markRadius(magnitude, size)), ` M${magnitude}`]));
  list.replaceChildren(element("li", { textContent: "Impact:" }), ...items, ring, ...sizes);
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
  const heard = age === null ? "" : `feed heard ${ago(age + seconds)} ago`;
  root.querySelector(".age").textContent = [clock, heard].filter(Boolean).join(" · ");
  root.querySelector(".counts").textContent = counts;
  const box = root.querySelector(".problem");
  box.textContent = silent ? "This page has lost its server; what you see is old. It goes on by itself when the server is back." : problem;
  box.hidden = !box.textContent;
}

/** Buttons of which one is pressed; `values` are [value, label]. */
function fillChoice(group, values, chosen, choose) {
  refill(group, values.map(([value, textContent]) => {
    const button = element("button", { type: "button", textContent, onclick: () => choose(value) });
    button.dataset.key = value;
    button.setAttribute("aria-pressed", String(value === chosen));
    return button;
  }));
}

const alertWords = (alert, levels) =>
  `${alert.drill ? "EXERCISE: " : ""}${alert.message_type} ${title(alert)}, impact ${levels[alert.alert_level].label}`;

function fillAlerts(root, alerts, levels, fresh, choose) {
  const items = alerts.map((alert) => {
    const over = ["CANCEL", "EXPIRED"].includes(alert.message_type);
    const button = element("button", { type: "button", className: `${fresh.has(alert.alert_id) ? "fresh" : ""} ${over ? "over" : ""}`, onclick: () => choose(alert) }, [
      swatch(levels[alert.alert_level]),
      element("span", { className: "what", textContent: `${alert.drill ? "EXERCISE: " : ""}${alert.message_type} ${title(alert)}` }),
      element("span", { className: "when", textContent: `impact ${levels[alert.alert_level].label} · ${utc(alert.sent_at)} UTC` }),
      element("span", { className: "why", textContent: `M5+ in 7 days: ${percent(alert.probability)}, a normal day ${percent(alert.baseline_probability)}; ${alert.reason}` }),
    ]);
    button.dataset.key = alert.alert_id;
    return element("li", {}, [button]);
  });
  refill(root.querySelector(".alerts"), items);
  root.querySelector(".quiet").hidden = items.length > 0;
}

function fillTable(body, events, levels, open) {
  const rows = events.slice(0, TABLE_ROWS).map((event) => {
    const link = eventLink(event, event.place || "place not named", open);
    const depth = event.depth_km === null ? "unknown" : `${number(event.depth_km, 0)} km`;
    const cells = [utc(event.origin_time), number(event.magnitude), link, depth, levels[event.alert_level].label, percent(event.probability)];
    return element("tr", {}, cells.map((cell) => element("td", {}, [cell])));
  });
  refill(body, rows);
}
