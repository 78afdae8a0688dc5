// The chosen earthquake in words: what is known, the people around, the way to its own page.
/** A link to an earthquake's own page: opened without a reload, and still a link to copy or open in a tab. */
function eventLink({ quake_id: quakeId }, textContent, open) {
  const onclick = (click) => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    open(quakeId);
  };
  const link = element("a", { href: `event?quake_id=${encodeURIComponent(quakeId)}`, textContent, target: "_self", onclick });
  link.dataset.key = quakeId;
  return link;
}

function fillChosen(holder, event, levels, open, shut) {
  holder.hidden = !event;
  if (!event) return refill(holder, []);
  holder.style.setProperty("--level", levels[event.alert_level].colour);
  const facts = [
    ["Origin", `${utc(event.origin_time)} UTC`],
    ["Depth", event.depth_km === null ? "unknown" : `${number(event.depth_km, 0)} km`],
    ["Solution", `${event.review_status}, revision ${event.revision}`],
    ["Impact", levels[event.alert_level].label],
    ["Intensity", event.intensity === null ? "unknown" : `MMI ${number(event.intensity)} at the epicentre (expected)`],
    ["People at VI+", event.people_mmi6 === null ? "unknown" : event.people_mmi6.toLocaleString("en")],
    ["M5+ in 7 days", `${percent(event.probability)}; normally ${percent(event.baseline_probability)} (×${Number(event.gain.toPrecision(3)).toLocaleString("en")})`],
  ];
  const rows = facts.flatMap(([name, value]) => [element("dt", { textContent: name }), element("dd", { textContent: value })]);
  const link = eventLink(event, "Revisions, forecast and alerts", open);
  const close = element("button", { type: "button", className: "shut", textContent: "×", onclick: shut });
  close.dataset.key = "close";
  close.setAttribute("aria-label", "Close");
  const heading = element("h3", { textContent: title(event) });
  return refill(holder, [heading, close, element("dl", {}, rows), link, element("div", { className: "around" })]);
}

/** People by intensity and the towns around the chosen earthquake. */
function fillAround(holder, places) {
  if (!holder) return;
  const nothing = !places ? "Looking up the people around …" : places.problem ?? (places.places.length ? "" : "No place is expected to have felt it (MMI III or more).");
  if (nothing) return refill(holder, [element("p", { className: "quiet", textContent: nothing })]);
  const towns = places.places.map((town) =>
    element("li", {}, [
      element("span", { className: "mmi", textContent: ROMAN[Math.round(town.intensity)], title: `MMI ${number(town.intensity)}` }),
      element("span", { textContent: `${town.name}, ${short(town.population)} people` }),
      element("span", { className: "far", textContent: `${Math.round(town.distance_km)} km` }),
    ]));
  refill(holder, [element("h4", { textContent: "People by expected intensity" }), bars(places.people_mmi),
    element("h4", { textContent: "Towns and the intensity expected there" }), element("ol", { className: "towns" }, towns)]);
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
