// Hands what the page's server sends to the map, wherever and whenever that is mounted.
export default function ({ data }) {
  window.quakestream ??= {};
  window.quakestream[data.part] = data;
  window.dispatchEvent(new Event("quakestream"));
}
