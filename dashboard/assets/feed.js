// Hands what the page's server sends to the map, wherever and whenever that is mounted, and what the reader chose back.
export default function ({ data, setStateValue, setTriggerValue }) {
  const desk = (window.quakestream ??= {});
  if (data.part === "changes") Object.assign(desk, { wish: (value) => setStateValue("wish", value), trigger: setTriggerValue });
  desk[data.part] = data;
  window.dispatchEvent(new Event("quakestream"));
}
