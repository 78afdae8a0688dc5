// What the page's server sends: compressed JSON.
const inflated = async (data) => new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
