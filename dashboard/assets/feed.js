// Hands what the page's server sends to the map, wherever and whenever that is mounted, and what the reader chose back.
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const turn = (parentElement.turn = (parentElement.turn ?? 0) + 1);
  const take = (told) => {
    if (parentElement.turn !== turn) return; // something newer came while this was unpacked
    const desk = (window.quakestream ??= {});
    if (told.part === "changes") Object.assign(desk, { wish: (value) => setStateValue("wish", value), trigger: setTriggerValue });
    desk[told.part] = told;
    window.dispatchEvent(new Event("quakestream"));
  };
  inflated(data).then(take);
}
