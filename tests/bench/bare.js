// The least a Worker can do for a feed: one KV read, streamed, with headers made beforehand.
// HEADERS are those of our own answers, by status.

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const { value } = await env.DOCUMENTS.getWithMetadata(pathname.slice(1), "stream");
    if (value === null) return new Response(null, { status: 404 });
    if (request.headers.get("If-None-Match") === env.HEADERS[200].etag) {
      await value.cancel();
      return new Response(null, { status: 304, headers: env.HEADERS[304] });
    }
    return new Response(value, { headers: env.HEADERS[200] });
  },
};
