// Large things come as compressed JSON, small ones as they are.
const inflated = async (data) =>
  data instanceof Uint8Array ? new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).json() : data;
