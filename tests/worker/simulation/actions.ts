import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { HOUR_MS, rfc3339 } from "../../../src/model/time.ts";
import { tick } from "../../../src/scheduled.ts";
import { SITE } from "../../support/service.ts";
import type { Dice } from "./dice.ts";
import type { Platform } from "./platform.ts";
import { ENDINGS, type Ending, poll } from "./readers.ts";
import { MANNERS, send, type WantedArticle, type World } from "./world.ts";

/** Something that somebody does. */
export interface Action {
  name: string;
  weight: number;
  run(world: World, dice: Dice, platform: Platform): Promise<void>;
}

export const SLUGS = ["alpha", "beta", "gamma"];
const ARTICLES = 24;
const HOSTS = 6;

const openSlugs = (world: World): string[] =>
  SLUGS.filter((slug) => world.organizations.get(slug) === "open");

const API = "/api/v1";

/** Opens an organization or changes it, with the sources that it follows. */
export async function describe(world: World, slug: string): Promise<void> {
  const path = `${API}/organizations/${slug}`;
  const sources = [...world.sources].filter(([, source]) => source.slug === slug).map(([url]) => url);
  const body = { name: `The ${slug} ${++world.number}`, sources };
  await world.wish({ method: "PUT", path, body }, ({ ok }) => {
    if (ok) world.organizations.set(slug, "open");
  });
}

/** Deletes an organization, and with it its webhooks and subscriptions. */
function remove(world: World, slug: string): Promise<void> {
  return world.wish({ method: "DELETE", path: `${API}/organizations/${slug}` }, ({ ok, status }) => {
    if (!ok && status !== 404) return;
    world.organizations.set(slug, "closed");
    for (const webhook of world.webhooks.values()) if (webhook.slug === slug) webhook.isDeleted = true;
    for (const subscriber of world.subscribers.values())
      if (subscriber.slug === slug) subscriber.wants = false;
  });
}

function put(
  world: World,
  id: string,
  article: Omit<WantedArticle, "withdrawn" | "isUncertain">,
): Promise<void> {
  const path = `${API}/articles/${id}`;
  return world.wish({ method: "PUT", path, body: article }, ({ ok }) => {
    const before = world.articles.get(id);
    if (ok) world.articles.set(id, { ...article, withdrawn: false });
    else if (before) before.isUncertain = true; // a try of before, whose answer was lost, may have been taken
  });
}

/** A date that is given with an article: none, one of before, of this moment, or to come, to the millisecond. */
function someDate(dice: Dice): { published_at?: string } {
  const kind = dice.below(6);
  if (kind < 3) return {};
  const offsets = [-dice.below(100 * HOUR_MS), 0, dice.below(60 * HOUR_MS)];
  return { published_at: new Date(Date.now() + (offsets[kind - 3] ?? 0)).toISOString() };
}

function newArticle(
  world: World,
  dice: Dice,
  slugs: string[],
): Omit<WantedArticle, "withdrawn" | "isUncertain"> {
  const first = dice.one(slugs);
  const organizations = dice.happens(0.3) ? [...new Set([first, dice.one(slugs)])] : [first];
  return { title: `Title ${++world.number}`, organizations, ...someDate(dice) };
}

const someWebhook = (world: World, dice: Dice) => {
  const known = [...world.webhooks.values()].filter(({ isDeleted }) => !isDeleted);
  return known.length > 0 ? dice.one(known) : null;
};
const addressOf = ({ slug, id }: { slug: string; id: string }) =>
  `${API}/organizations/${slug}/webhooks/${id}`;

const SETTINGS = [
  {},
  {},
  {},
  { ordered: true },
  { batch_seconds: 600 },
  { include: "summary" },
  { per_minute: 5 },
];

/** Everything that publishers, operators, receivers and readers do. */
export const ACTIONS: readonly Action[] = [
  {
    name: "publish or edit an article",
    weight: 12,
    async run(world, dice) {
      const slugs = openSlugs(world);
      if (slugs.length > 0) await put(world, `a${dice.below(ARTICLES)}`, newArticle(world, dice, slugs));
    },
  },
  {
    name: "send an article again as it is",
    weight: 2,
    async run(world, dice) {
      const known = [...world.articles].filter(([, { withdrawn }]) => !withdrawn);
      if (known.length === 0) return;
      const [id, { withdrawn: _, isUncertain: __, ...article }] = dice.one(known);
      await put(world, id, article);
    },
  },
  {
    name: "publish some articles at once",
    weight: 2,
    async run(world, dice) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      for (let count = 1 + dice.below(5); count > 0; count--)
        await put(world, `a${dice.below(ARTICLES)}`, newArticle(world, dice, slugs));
    },
  },
  {
    name: "publish while alarms go off and the tick comes",
    weight: 5,
    async run(world, dice, platform) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const first = dice.below(ARTICLES);
      const ringing = platform.waiting.filter(() => dice.happens(0.5));
      await Promise.all([
        ...[0, 1, 2].map((next) =>
          put(world, `a${(first + next) % ARTICLES}`, newArticle(world, dice, slugs)),
        ),
        ...ringing.map((name) => platform.ring(name)),
        platform.attempt(() => tick(env).catch(() => {})),
      ]);
    },
  },
  {
    name: "delete an organization while it publishes",
    weight: 0.7,
    async run(world, dice, platform) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const slug = dice.one(slugs);
      await Promise.all([
        put(world, `a${dice.below(ARTICLES)}`, newArticle(world, dice, [slug])),
        remove(world, slug),
        ...platform.waiting.map((name) => platform.ring(name)),
      ]);
    },
  },
  {
    name: "withdraw an article",
    weight: 4,
    async run(world, dice) {
      const known = [...world.articles].filter(([, { withdrawn }]) => !withdrawn);
      if (known.length === 0) return;
      const [id, article] = dice.one(known);
      const path = `${API}/articles/${id}`;
      // A change of before, whose answer was lost, may have been taken: then that is what is withdrawn.
      const isUncertain = article.isUncertain || world.again.has(path);
      await world.wish({ method: "DELETE", path }, ({ ok }) => {
        if (ok)
          world.articles.set(id, { ...article, withdrawn: true, ...(isUncertain ? { isUncertain } : {}) });
      });
    },
  },
  {
    name: "let another program write a record",
    weight: 2,
    async run(world, dice, platform) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const id = `foreign${dice.below(4)}`;
      const article = newArticle(world, dice, slugs);
      const before = world.articles.get(id);
      if (before) before.isUncertain = true; // until it is known that it was written: a call can fail after its effect
      await platform.attempt(() =>
        env.RECORDS.put(
          `article:${id}`,
          JSON.stringify({ ...article, updated_at: rfc3339(Date.now()) }),
        ).then(
          () => world.articles.set(id, { ...article, withdrawn: false }),
          () => {},
        ),
      );
    },
  },
  {
    name: "open or change an organization",
    weight: 2,
    run: (world, dice) => describe(world, dice.one(SLUGS)),
  },
  {
    name: "delete an organization",
    weight: 0.7,
    async run(world, dice) {
      const slugs = openSlugs(world);
      if (slugs.length > 0) await remove(world, dice.one(slugs));
    },
  },
  {
    name: "register a webhook",
    weight: 3,
    async run(world, dice, platform) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const slug = dice.one(slugs);
      const host = `w${++world.number}.example`;
      const settings = dice.one(SETTINGS);
      const body = { url: `https://${host}/`, ...settings };
      const path = `${API}/organizations/${slug}/webhooks`;
      const answer = await platform.attempt(() => send({ method: "POST", path, body }).catch(() => null));
      world.tell(`POST ${path} ${JSON.stringify(body)} ${answer?.status ?? "no answer"}`);
      if (!answer?.ok) return;
      const { id } = JSON.parse(answer.text) as { id: string };
      const [row] = await platform.rows<{ seq: number }>(slug, "SELECT seq FROM channel");
      world.webhooks.set(id, { id, slug, host, afterSeq: row?.seq ?? 0, isDeleted: false });
    },
  },
  {
    name: "delete a webhook",
    weight: 1,
    async run(world, dice) {
      const webhook = someWebhook(world, dice);
      if (!webhook) return;
      await world.wish({ method: "DELETE", path: addressOf(webhook) }, ({ ok, status }) => {
        if (ok || status === 404) webhook.isDeleted = true;
      });
    },
  },
  {
    name: "pause, resume or enable a webhook, or replace its secret",
    weight: 2,
    async run(world, dice) {
      const webhook = someWebhook(world, dice);
      if (!webhook) return;
      const path = addressOf(webhook);
      await world.wish(
        dice.one([
          { method: "PATCH", path, body: { paused: true } },
          { method: "PATCH", path, body: { paused: false } },
          { method: "POST", path: `${path}/enable` },
          { method: "POST", path: `${path}/rotate-secret`, body: {} },
          { method: "POST", path: `${path}/test` },
        ]),
      );
    },
  },
  {
    name: "let a receiver behave in another way",
    weight: 6,
    async run(world, dice) {
      const webhook = someWebhook(world, dice);
      const host =
        dice.happens(0.7) && webhook
          ? webhook.host
          : `${dice.one(["reader", "up"])}${dice.below(HOSTS)}.example`;
      const manner = dice.happens(0.4) ? "well" : dice.one(MANNERS);
      // A feed that has ended (410) or moved for good (301) is not asked again at its old address.
      const isOver = host.startsWith("up") && (manner === "410" || manner === "301");
      world.manners.set(host, isOver ? "500" : manner);
      world.tell(`${host} behaves: ${world.manners.get(host)}`);
    },
  },
  {
    name: "subscribe to a feed, or end that",
    weight: 3,
    async run(world, dice) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const callback = `https://reader${dice.below(HOSTS)}.example/`;
      const before = world.subscribers.get(callback);
      const slug = before?.slug ?? dice.one(slugs);
      const topic = before?.topic ?? `${SITE}/${slug}/feed.${dice.one(["atom", "rss", "json"])}`;
      const wants = !before?.wants;
      world.subscribers.set(callback, { topic, slug, wants, has: null });
      const fields = {
        "hub.mode": wants ? "subscribe" : "unsubscribe",
        "hub.topic": topic,
        "hub.callback": callback,
      };
      await world.wish({ method: "POST", path: "/hub", body: new URLSearchParams(fields) });
    },
  },
  {
    name: "poll a feed for what is new",
    weight: 6,
    async run(world, dice, platform) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const [slug, ending] = [dice.one(slugs), dice.one(Object.keys(ENDINGS) as Ending[])];
      // Some come often and some seldom.
      const name = `${slug} ${ending} ${dice.one([0, 0, 0, 1])}`;
      const reader = world.readers.get(name) ?? { slug, ending, etag: null, items: new Map() };
      world.readers.set(name, reader);
      const status = await platform.attempt(() => poll(reader));
      world.tell(`${name} polls: ${status}, has ${reader.etag}`);
    },
  },
  {
    name: "follow a feed, or no longer",
    weight: 1,
    async run(world, dice) {
      const slugs = openSlugs(world);
      if (slugs.length === 0) return;
      const slug = dice.one(slugs);
      const url = `https://up${dice.below(HOSTS)}.example/feed`;
      const before = world.sources.get(url);
      if (before && before.slug !== slug) return;
      if (before) world.sources.delete(url);
      else world.sources.set(url, { slug, items: [`item ${++world.number}`] });
      await describe(world, slug);
    },
  },
  {
    name: "write an item into a feed that is followed",
    weight: 3,
    async run(world, dice) {
      if (world.sources.size === 0) return;
      dice.one([...world.sources.values()]).items.unshift(`item ${++world.number}`);
    },
  },
  {
    name: "lose alarms",
    weight: 2,
    async run(world, dice, platform) {
      for (const name of platform.waiting.filter(() => dice.happens(0.3))) {
        world.tell(`the alarm of ${name} is lost`);
        await platform.loseAlarm(name);
      }
    },
  },
  {
    name: "let alarms go off early and twice",
    weight: 2,
    async run(world, dice, platform) {
      for (const name of platform.waiting.filter(() => dice.happens(0.3))) {
        world.tell(`the alarm of ${name} goes off twice`);
        await platform.ring(name);
        await platform.ring(name);
      }
    },
  },
  {
    name: "deploy another version",
    weight: 1,
    async run(_world, _dice, platform) {
      await abortAllDurableObjects();
      for (const slug of SLUGS) {
        await runInDurableObject(platform.object(slug), (_channel, { storage }) => {
          storage.sql.exec("UPDATE articles SET rendering = 'of before'");
        });
      }
    },
  },
];
