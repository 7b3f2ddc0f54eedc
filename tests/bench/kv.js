// Workers KV for raw workerd, in memory: a kvNamespace binding speaks HTTP to a service, and this is that service.
// GET, PUT and DELETE /{key}?urlencoded=true; GET / lists; POST /bulk/get reads many. Metadata travels as JSON in
// the header CF-KV-Metadata. The protocol is that of workerd's own client (src/workerd/api/kv.c++).

/** @type {Map<string, { value: ArrayBuffer, metadata: string | null, expiration: number }>} */
const entries = new Map();
const METADATA = "CF-KV-Metadata";
const LIST_LIMIT = 1000;

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const key = decodeURIComponent(pathname.slice(1));
    if (request.method === "GET") return key === "" ? list(searchParams) : read(key);
    if (request.method === "PUT") return write(key, request, searchParams);
    if (request.method === "POST" && key === "bulk/get") return Response.json(readMany(await request.json()));
    if (request.method === "DELETE") entries.delete(key);
    return new Response(null, { status: request.method === "DELETE" ? 204 : 405 });
  },
};

function current(key) {
  const entry = entries.get(key);
  return entry && entry.expiration > Date.now() ? entry : undefined;
}

function read(key) {
  const entry = current(key);
  if (!entry) return new Response(null, { status: 404 });
  return new Response(entry.value, {
    headers: entry.metadata === null ? {} : { [METADATA]: entry.metadata },
  });
}

async function write(key, request, options) {
  const seconds = options.has("expiration_ttl")
    ? Date.now() / 1000 + Number(options.get("expiration_ttl"))
    : Number(options.get("expiration") ?? Number.POSITIVE_INFINITY);
  const metadata = request.headers.get(METADATA);
  entries.set(key, { value: await request.arrayBuffer(), metadata, expiration: seconds * 1000 });
  return new Response(null, { status: 204 });
}

function readMany({ keys, type, withMetadata }) {
  return Object.fromEntries(
    keys.map((key) => {
      const entry = current(key);
      if (!entry) return [key, null];
      const text = new TextDecoder().decode(entry.value);
      const value = type === "json" ? JSON.parse(text) : text;
      return [key, withMetadata ? { value, metadata: JSON.parse(entry.metadata ?? "null") } : value];
    }),
  );
}

function list(options) {
  const prefix = options.get("prefix") ?? "";
  const after = options.get("cursor") ?? "";
  const limit = Number(options.get("key_count_limit") ?? LIST_LIMIT);
  const names = [...entries.keys()]
    .filter((key) => key.startsWith(prefix) && key > after && current(key))
    .sort();
  const page = names.slice(0, limit);
  const complete = page.length === names.length;
  return Response.json({
    keys: page.map((name) => ({ name, ...listed(entries.get(name)) })),
    list_complete: complete,
    ...(complete ? {} : { cursor: page.at(-1) }),
  });
}

// Metadata is a text here: workerd parses it.
function listed({ metadata, expiration }) {
  return {
    ...(metadata === null ? {} : { metadata }),
    ...(Number.isFinite(expiration) ? { expiration: Math.floor(expiration / 1000) } : {}),
  };
}
