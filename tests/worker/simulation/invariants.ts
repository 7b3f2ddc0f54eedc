import { env } from "cloudflare:workers";
import { digest } from "../../../src/model/digest.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { DAY_MS } from "../../../src/model/time.ts";
import { SLUGS } from "./actions.ts";
import type { Platform } from "./platform.ts";
import { itemsIn, poll } from "./readers.ts";
import { send, type World } from "./world.ts";

/** What must hold once nothing fails any more and everything had time to come to rest: yields what does not. */
export interface Invariant {
  /** As a sentence. */
  name: string;
  check(world: World, platform: Platform): AsyncIterable<string>;
}

interface LedgerRow {
  id: string;
  live: number;
  version: string;
  revision: number;
  seq: number;
  title: string;
}

interface EventRow {
  seq: number;
  type: string;
  article_id: string;
  revision: number;
  at_ms: number;
  content: string;
}

interface DeliveryRow {
  event_id: string;
  seq: number;
  status: string;
  due_ms: number | null;
}

interface Recorded {
  title: string;
  organizations: string[];
  published_at: string;
  withdrawn_at?: string;
}

const open = (world: World): string[] => SLUGS.filter((slug) => world.organizations.get(slug) === "open");

/** Who was ever described to its channel. */
const known = (world: World): string[] => SLUGS.filter((slug) => world.organizations.has(slug));

const ledgerOf = (platform: Platform, slug: string): Promise<LedgerRow[]> =>
  platform.rows(
    slug,
    `SELECT id, live, version, revision, seq, article ->> '$.title' AS title FROM articles
      ORDER BY live DESC, published_at DESC, id DESC`,
  );

const eventsOf = (platform: Platform, slug: string): Promise<EventRow[]> =>
  platform.rows(
    slug,
    `SELECT seq, type, article_id, revision, at_ms,
      json_remove(data, '$.article.revision', '$.article.updated_at', '$.organization') AS content FROM events ORDER BY seq`,
  );

const recordOf = (id: string): Promise<Recorded | null> => env.RECORDS.get(`article:${id}`, "json");

/** Whether a subscription was confirmed, and has not ended. */
async function isGranted(platform: Platform, topic: string, callback: string): Promise<boolean> {
  const name = `sub_${await digest(topic, callback)}`;
  const tables = await platform.rows(name, "SELECT 1 FROM sqlite_master WHERE name = 'subscription'");
  if (tables.length === 0) return false;
  const query = "SELECT 1 FROM subscription WHERE lease_ends_ms > ?";
  return (await platform.rows(name, query, Date.now())).length > 0;
}

/** What the page of an article can be answered with. */
function statusesFor(world: World, record: Recorded | null): number[] {
  if (!record) return [404];
  if (!record.organizations.some((slug) => world.organizations.get(slug) === "open")) return [404, 410];
  if (Date.parse(record.published_at) > Date.now()) return [404];
  return [record.withdrawn_at ? 410 : 200];
}

/** Whether two dates are the same second, the later one rounded as publications are. */
const isSameDate = (given: string, shown: string): boolean =>
  Math.abs(Date.parse(given) - Date.parse(shown)) < 1_000;

/** Every invariant. */
export const INVARIANTS: readonly Invariant[] = [
  {
    name: "What was acknowledged stands in the record",
    async *check(world) {
      for (const [id, wanted] of world.articles) {
        const record = await recordOf(id);
        if (wanted.isUncertain) continue;
        if (record?.title !== wanted.title) yield `${id}: ${record?.title} stands instead of ${wanted.title}`;
        else if (wanted.withdrawn !== (record.withdrawn_at !== undefined))
          yield `${id}: withdrawn ${record.withdrawn_at}`;
        else if (record.organizations.join() !== wanted.organizations.join())
          yield `${id}: of ${record.organizations}`;
        else if (wanted.published_at && !isSameDate(wanted.published_at, record.published_at))
          yield `${id}: published ${record.published_at} instead of ${wanted.published_at}`;
      }
    },
  },
  {
    name: "The ledger is what the records say",
    async *check(world, platform) {
      for (const slug of known(world)) {
        const ledger = new Map((await ledgerOf(platform, slug)).map((row) => [row.id, row]));
        const held = await platform.rows<{ id: string; due_ms: number }>(
          slug,
          "SELECT id, due_ms FROM held WHERE due_ms IS NOT NULL",
        );
        for (const id of world.articles.keys()) {
          const record = await recordOf(id);
          if (!record) continue;
          const isNamed = record.organizations.includes(slug) && !record.withdrawn_at;
          const isDue = !(Date.parse(record.published_at) > Date.now()); // another program need not give a date
          const row = ledger.get(id);
          const isHeld = held.some((one) => one.id === id);
          if (
            (row?.live === 1) !== (isNamed && isDue) &&
            (world.organizations.get(slug) === "open" || !isHeld)
          )
            yield `${slug}/${id}: live ${row?.live}, but named ${isNamed} and due ${isDue} (${record.published_at})`;
          if (row?.live === 1 && row.title !== record.title)
            yield `${slug}/${id}: ${row.title} is not ${record.title}`;
          if (isNamed && !isDue && !isHeld)
            yield `${slug}/${id}: is not scheduled for ${record.published_at}`;
          if (!isNamed && isHeld) yield `${slug}/${id}: is still scheduled`;
        }
      }
    },
  },
  {
    name: "The feeds are what the ledger says",
    async *check(world, platform) {
      for (const slug of open(world)) {
        const live = (await ledgerOf(platform, slug))
          .filter((row) => row.live === 1)
          .slice(0, LIMITS.FEED_ITEMS);
        const { text: json } = await send({ method: "GET", path: `/${slug}/feed.json` });
        const feed = JSON.parse(json) as { items?: { title: string }[] };
        const shown = feed.items?.map(({ title }) => title).join();
        const titles = live.map(({ title }) => title).join();
        if (shown !== titles) yield `${slug}/feed.json: ${shown} instead of ${titles}`;
        for (const ending of ["rss", "atom", "json"] as const) {
          const { text } = await send({ method: "GET", path: `/${slug}/feed.${ending}` });
          const found = live.filter(({ title }) => text.includes(`${title}${ending === "json" ? '"' : "<"}`));
          const items = itemsIn(text, ending).size;
          if (items !== live.length || found.length !== live.length)
            yield `${slug}/feed.${ending}: ${items} items, ${found.length} known`;
        }
      }
    },
  },
  {
    name: "Who takes deltas has what the whole feed has",
    async *check(world) {
      for (const [name, reader] of world.readers) {
        if (world.organizations.get(reader.slug) !== "open") continue;
        const before = reader.etag;
        const status = await poll(reader);
        const { text } = await send({ method: "GET", path: `/${reader.slug}/feed.${reader.ending}` });
        for (const [id, item] of itemsIn(text, reader.ending)) {
          const has = reader.items.get(id);
          if (has !== item) yield `${name}: has ${has} instead of ${item} (${status} for ${before})`;
        }
      }
    },
  },
  {
    name: "An article's page is what its record says",
    async *check(world) {
      for (const id of world.articles.keys()) {
        const record = await recordOf(id);
        const { status, text } = await send({ method: "GET", path: `/articles/${id}` });
        const statuses = statusesFor(world, record);
        if (!statuses.includes(status)) yield `${id}: ${status} instead of ${statuses.join(" or ")}`;
        else if (status === 200 && !text.includes(`>${record?.title}<`)) yield `${id}: not ${record?.title}`;
      }
    },
  },
  {
    name: "The sequence of events has no gap",
    async *check(world, platform) {
      for (const slug of known(world)) {
        const events = await eventsOf(platform, slug);
        const [row] = await platform.rows<{ seq: number }>(slug, "SELECT seq FROM channel");
        const gap = events.find(({ seq }, index) => index > 0 && seq !== (events[index - 1]?.seq ?? 0) + 1);
        if (gap) yield `${slug}: a gap before ${gap.seq}`;
        if (events.length > 0 && events.at(-1)?.seq !== row?.seq)
          yield `${slug}: ${row?.seq} without an event`;
      }
    },
  },
  {
    name: "No event says again what the one before it said",
    async *check(world, platform) {
      for (const slug of known(world)) {
        const last = new Map<string, EventRow>();
        for (const event of await eventsOf(platform, slug)) {
          const before = last.get(event.article_id);
          last.set(event.article_id, event);
          if (!event.type.startsWith("article.") || !before) continue;
          if (event.revision !== before.revision + 1)
            yield `${slug}/${event.article_id}: revision ${event.revision}`;
          const isSame = before.content === event.content;
          if (isSame && (event.type === "article.updated" || event.type === before.type))
            yield `${slug}/${event.article_id}: ${event.type} ${event.seq} says what ${before.seq} said: ${event.content.slice(0, 300)}`;
        }
      }
    },
  },
  {
    name: "Every event was delivered, or was visibly given up",
    async *check(world, platform) {
      for (const { id, slug, host, afterSeq, isDeleted } of world.webhooks.values()) {
        if (isDeleted) continue;
        const rows = await platform.rows<DeliveryRow>(
          id,
          "SELECT event_id, seq, status, due_ms FROM deliveries",
        );
        const [state] = await platform.rows<{ state: string }>(
          id,
          "SELECT health ->> '$.state' AS state FROM endpoint",
        );
        const bySeq = new Map(rows.map((row) => [row.seq, row]));
        const got = new Set((world.got.get(host) ?? []).map(({ eventId }) => eventId));
        for (const event of await eventsOf(platform, slug)) {
          if (event.seq <= afterSeq || !event.type.startsWith("article.")) continue;
          if (event.article_id.startsWith("itm_")) continue; // the first items of a source are history: nobody is told
          if (event.at_ms < Date.now() - (LIMITS.DELIVERIES_KEPT_DAYS - 2) * DAY_MS) continue;
          const delivery = bySeq.get(event.seq);
          if (!delivery)
            yield `${host} (${id}): event ${event.seq} of ${slug} never came to its endpoint: ${JSON.stringify(event).slice(0, 150)}`;
          else if (delivery.due_ms !== null && state?.state === "active")
            yield `${host} (${id}): event ${event.seq} of ${slug} still waits until ${new Date(delivery.due_ms).toISOString()}`;
          else if (delivery.status === "delivered" && !got.has(delivery.event_id))
            yield `${host} (${id}): event ${event.seq} counts as delivered, but never came`;
        }
      }
    },
  },
  {
    name: "No alert came under two ids",
    async *check(world) {
      for (const [host, got] of world.got) {
        const ids = new Map<string, string>();
        for (const { article, revision, eventId } of got) {
          const about = `${article} ${revision}`;
          const before = ids.get(about);
          if (before && before !== eventId) yield `${host}: ${about} came as ${before} and as ${eventId}`;
          ids.set(about, eventId);
        }
      }
    },
  },
  {
    name: "Every subscriber has the newest document while its lease lasts",
    async *check(world, platform) {
      for (const [callback, { topic, wants, has }] of world.subscribers) {
        if (!wants || has === null || !(await isGranted(platform, topic, callback))) continue;
        const { ok, text } = await send({ method: "GET", path: new URL(topic).pathname });
        if (ok && has !== text) yield `${callback} has an older version of ${topic}`;
      }
    },
  },
  {
    name: "Every item of a followed feed is one article",
    async *check(world, platform) {
      for (const [url, { slug, items }] of world.sources) {
        if (world.organizations.get(slug) !== "open") continue;
        const ledger = await ledgerOf(platform, slug);
        for (const item of items) {
          const count = ledger.filter(({ live, title }) => live === 1 && title === item).length;
          if (count !== 1) yield `${item} of ${url} is ${count} articles of ${slug}`;
        }
      }
    },
  },
  {
    name: "Nothing is left of what was deleted",
    async *check(world, platform) {
      for (const slug of known(world)) {
        const webhooks = await platform.rows(slug, "SELECT endpoint_id FROM webhooks");
        if (world.organizations.get(slug) === "open") continue;
        const { keys } = await env.DOCUMENTS.list({ prefix: `${slug}/` });
        for (const { name } of keys) if (await env.DOCUMENTS.get(name)) yield `${slug}: ${name} stands`;
        if (await env.RECORDS.get(`organization:${slug}`)) yield `${slug}: its record stands`;
        if (webhooks.length > 0) yield `${slug}: ${webhooks.length} webhooks`;
        for (const table of ["readers", "published", "relay_entries", "relay_failures", "subscriptions"]) {
          const [row] = await platform.rows<{ n: number }>(slug, `SELECT COUNT(*) AS n FROM ${table}`);
          if (row?.n) yield `${slug}: ${row.n} rows in ${table}`;
        }
        const sources = await platform.rows(
          "directory",
          "SELECT id FROM sources WHERE organization = ?",
          slug,
        );
        if (sources.length > 0) yield `${slug}: ${sources.length} sources`;
      }
      for (const { id, isDeleted } of world.webhooks.values()) {
        if (!isDeleted) continue;
        for (const table of ["endpoint", "deliveries", "attempts", "notices", "relay_entries"]) {
          const [row] = await platform.rows<{ n: number }>(id, `SELECT COUNT(*) AS n FROM ${table}`);
          if (row?.n) yield `${id}: ${row.n} rows in ${table}`;
        }
        const watched = await platform.rows("directory", "SELECT 1 FROM watched WHERE name = ?", id);
        if (watched.length > 0) yield `${id}: is watched`;
      }
    },
  },
  {
    name: "Nothing fails or waits to be handed over",
    async *check(_world, platform) {
      for (const name of platform.known) {
        for (const table of ["duty_failures", "relay_entries"]) {
          const isThere = await platform.rows(name, "SELECT 1 FROM sqlite_master WHERE name = ?", table);
          const rows = isThere.length > 0 ? await platform.rows(name, `SELECT * FROM ${table}`) : [];
          if (rows.length > 0) yield `${name}: ${table} ${JSON.stringify(rows.slice(0, 3))}`;
        }
      }
    },
  },
  {
    name: "Every alarm stayed within its budget",
    async *check(_world, platform) {
      yield* platform.excesses;
    },
  },
  {
    name: "Nothing was seen before its time",
    async *check(world) {
      yield* world.violations;
    },
  },
];
