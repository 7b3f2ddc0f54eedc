import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ShownSource } from "../../src/model/source.ts";
import { followerOf } from "../../src/objects/stubs.ts";
import { wait } from "./clock.ts";
import { type Received, type Receiver, receive } from "./receiver.ts";
import { api, fresh, json, newOrganization, publishIndex } from "./service.ts";

/** An item of a feed that a publisher writes. */
export interface Written {
  id: string;
  title?: string;
  link?: string;
  text?: string;
  date?: string;
}

/** An RSS feed of some items. */
export function rss(items: readonly Written[], channel = ""): string {
  const body = items.map((item) => {
    const { id, date } = item;
    const title = item.title ?? `Title of ${id}`;
    const link = item.link ?? `https://up.example/${id}`;
    return `<item><guid isPermaLink="false">${id}</guid><title>${title}</title><link>${link}</link>
      <description>${item.text ?? `Words of ${id}.`}</description>${date ? `<pubDate>${date}</pubDate>` : ""}</item>`;
  });
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>The upstream</title>
    <link>https://up.example/</link>${channel}${body.join("")}</channel></rss>`;
}

/** Items named by numbers, the newest first, an hour apart. */
export const numbered = (from: number, to: number): Written[] =>
  Array.from({ length: from - to + 1 }, (_, index) => {
    const number = from - index;
    return { id: `n${number}`, date: new Date(Date.UTC(2030, 0, 1, number)).toUTCString() };
  });

type Answer = (request: Received) => Response | Promise<Response>;

/** Somebody else's server: what it answers at its feed's address can be changed as the test goes. */
export interface Publisher {
  url: string;
  answer: Answer;
  /** What it was asked, and webhooks were sent. */
  receiver: Receiver;
  /** What its feed was asked, in order. */
  asked(): Received[];
}

/** A publisher whose feed is at an address that no other test uses; everybody else answers 204. */
export function publisher(first: string | Answer): Publisher {
  const url = `https://${fresh("up")}.example.org/feed`;
  const one: Publisher = {
    url,
    answer: typeof first === "string" ? () => new Response(first) : first,
    receiver: receive(async (request) => {
      if (new URL(request.url).host === new URL(url).host) return one.answer(request);
      return new Response(null, { status: 204 });
    }),
    asked: () => one.receiver.received.filter(({ url: asked }) => new URL(asked).host === new URL(url).host),
  };
  return one;
}

/** Has a publisher write this from now on. */
export function writes(one: Publisher, feed: string, headers: Record<string, string> = {}): void {
  one.answer = () => new Response(feed, { headers });
}

/** Runs a source's alarms that are due now: a poll, and what it brings. Returns how many. */
export async function work(id: string): Promise<number> {
  for (let alarms = 0; ; alarms++) {
    const due = await nextAlarm(id);
    if (due === null || due > Date.now() || alarms > 50) return alarms;
    await runDurableObjectAlarm(followerOf(env, id));
  }
}

async function nextAlarm(id: string): Promise<number | null> {
  return runInDurableObject(followerOf(env, id), (_object, state) => state.storage.getAlarm());
}

/** A day later, when every source is due that is asked at all. */
export async function nextDay(id: string): Promise<void> {
  wait(2 * 86_400_000);
  await work(id);
}

/** A source as the API shows it. */
export const shown = (id: string): Promise<ShownSource> => json(api("GET", `/sources/${id}`), 200);

/** The sources that an organization names. */
export async function sourcesOf(slug: string): Promise<ShownSource[]> {
  const page = await json<{ sources: ShownSource[] }>(api("GET", `/organizations/${slug}/sources`), 200);
  return page.sources;
}

/** An organization that follows a publisher, whose feed it has asked once. */
export async function follower(one: Publisher): Promise<{ slug: string; id: string }> {
  const slug = await newOrganization({ sources: [one.url] });
  await publishIndex(); // the directory's alarm: sources are told by it
  const [source] = await sourcesOf(slug);
  const id = source?.id ?? "";
  wait(10_000);
  await work(id);
  return { slug, id };
}
