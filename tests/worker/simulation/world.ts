import { exports } from "cloudflare:workers";
import { vi } from "vitest";
import { wait } from "../../support/clock.ts";
import { ADMIN_TOKEN, SITE } from "../../support/service.ts";
import { rss } from "../../support/upstream.ts";
import type { Platform } from "./platform.ts";
import type { FeedReader } from "./readers.ts";

/** How somebody's server behaves for a while. */
export const MANNERS = ["well", "500", "429", "503", "410", "413", "301", "hang", "refuse"] as const;
export type Manner = (typeof MANNERS)[number];

/** A request that changes something. */
export interface Wish {
  method: string;
  path: string;
  body?: unknown;
}

/** What the service answers. */
export type Answer = { status: number; ok: boolean; text: string };
type Done = (answer: Answer) => void;

/** What an article is to be, as somebody was told that it is. */
export interface WantedArticle {
  title: string;
  organizations: string[];
  published_at?: string | undefined;
  withdrawn: boolean;
  /** Something else may stand: it was neither acknowledged nor refused. */
  isUncertain?: boolean;
}

/** A webhook that was registered. */
export interface KnownWebhook {
  id: string;
  slug: string;
  host: string;
  /** The events before it are not for it. */
  afterSeq: number;
  isDeleted: boolean;
}

/** A message as a receiver has it. */
interface Got {
  eventId: string;
  article: string;
  revision: number;
}

/** The world around the service: who wants what of it, and what they have seen of it. Plain data. */
export class World {
  readonly organizations = new Map<string, "open" | "closed">();
  readonly articles = new Map<string, WantedArticle>();
  readonly webhooks = new Map<string, KnownWebhook>();
  /** Callbacks of subscriptions: their topics, and what was pushed to them last. */
  readonly subscribers = new Map<
    string,
    { topic: string; slug: string; wants: boolean; has: string | null }
  >();
  /** Those who poll feeds and take deltas. */
  readonly readers = new Map<string, FeedReader>();
  /** Followed feeds by their address: for whom, and the titles in them. */
  readonly sources = new Map<string, { slug: string; items: string[] }>();
  readonly manners = new Map<string, Manner>();
  /** What every webhook got and answered with 2xx, by its host. */
  readonly got = new Map<string, Got[]>();
  /** Requests whose answers were lost or errors: they are sent again, by what they are about. */
  readonly again = new Map<string, { wish: Wish; done: Done }>();
  /** What must not have happened. */
  readonly violations: string[] = [];
  /** What happened lately, to be printed with a violation. */
  readonly story: string[] = [];
  number = 0;
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
    const timers = new Timers();
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
      const expire = timers.newest; // of this very request: it was set just now
      const request = new Request(input, init);
      return this.#answer(request, async () => {
        wait(Math.max(1, expire.ms));
        expire.act();
        init?.signal?.throwIfAborted();
      });
    });
  }

  tell(line: string): void {
    this.story.push(`${new Date().toISOString()} ${line}`);
    if (this.story.length > 60) this.story.shift();
  }

  /**
   * Asks the service for something, until it is over or every process dies. Answers that say nothing are asked for again. A
   * deletion that nobody has answered may have been made: nothing else is asked of the same before that is known.
   */
  async wish(wish: Wish, done: Done = () => {}): Promise<void> {
    const about = wish.path.split("?")[0] ?? "";
    const before = this.again.get(about);
    this.again.delete(about);
    if (before?.wish.method === "DELETE" && wish.method !== "DELETE") {
      await this.wish(before.wish, before.done);
      if (this.again.has(about)) return;
    }
    const answer = await this.#platform.attempt(() => send(wish).catch(() => null));
    this.tell(
      `${wish.method} ${wish.path} ${JSON.stringify(wish.body ?? null).slice(0, 150)} ${answer?.status ?? "no answer"}`,
    );
    if (!answer || answer.status >= 500 || answer.status === 409 || answer.status === 429) {
      this.again.set(about, { wish, done });
      return;
    }
    done(answer);
  }

  /** Sends again what nobody has answered. */
  async insist(): Promise<void> {
    for (const { wish, done } of [...this.again.values()]) await this.wish(wish, done);
  }

  async #answer(request: Request, timeOut: () => Promise<void>): Promise<Response> {
    this.#platform.requests++;
    const { hostname } = new URL(request.url);
    const manner = this.manners.get(hostname) ?? "well";
    if (manner === "hang") await timeOut();
    if (manner === "refuse") throw new TypeError("Network connection lost.");
    if (manner === "429") return new Response(null, { status: 429, headers: { "retry-after": "120" } });
    if (manner === "503") return new Response(null, { status: 503, headers: { "retry-after": "7200" } });
    if (manner === "301")
      return new Response(null, { status: 301, headers: { location: "https://else.example/" } });
    if (manner === "413") return new Response(null, { status: 413 });
    if (manner === "500" || manner === "410") return new Response(null, { status: Number(manner) });
    if (hostname.startsWith("up")) {
      const items = this.sources.get(request.url)?.items ?? [];
      return new Response(rss(items.map((id) => ({ id, title: id }))), {
        headers: { "content-type": "application/rss+xml" },
      });
    }
    if (hostname.startsWith("reader")) return this.#subscriber(request);
    this.#take(hostname, request.headers.get("webhook-id") ?? "", await request.text());
    return new Response(null, { status: 204 });
  }

  async #subscriber(request: Request): Promise<Response> {
    const { origin, searchParams } = new URL(request.url);
    const subscriber = this.subscribers.get(`${origin}/`);
    if (request.method === "POST") {
      if (subscriber) subscriber.has = await request.text();
      return new Response(null, { status: 204 });
    }
    const wants = subscriber?.wants === (searchParams.get("hub.mode") === "subscribe");
    return wants ? new Response(searchParams.get("hub.challenge")) : new Response(null, { status: 404 });
  }

  #take(host: string, webhookId: string, body: string): void {
    const message = JSON.parse(body) as Message;
    const list = message.data.messages ?? [{ ...message, id: webhookId }];
    const got = this.got.get(host) ?? [];
    this.got.set(host, got);
    for (const { id, type, data } of list) {
      const { article } = data;
      if (!article) continue;
      got.push({ eventId: id, article: article.id, revision: article.revision });
      const isEarly = Date.parse(article.published_at) > Date.now();
      if (isEarly && type !== "article.withdrawn")
        this.violations.push(`${host} was told of ${article.id} before ${article.published_at}`);
    }
  }
}

/**
 * The timers that end requests to others: they go off when somebody lets one hang, for the clock of the test stands. It is
 * not Vitest that holds them: the test tools have timers, too.
 */
class Timers {
  newest = { ms: 0, act: () => {} };

  constructor() {
    const { setTimeout, clearTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, ms = 0, ...rest: unknown[]) => {
      if (ms < LONG_MS) return Reflect.apply(setTimeout, globalThis, [act, ms, ...rest]);
      this.newest = { ms, act };
      return 0;
    }) as typeof setTimeout);
    vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
      if (timer) clearTimeout(timer);
    });
  }
}

/** Timers that are as long end requests. */
const LONG_MS = 4_000;

interface Message {
  id: string;
  type: string;
  data: { messages?: Message[]; article?: { id: string; revision: number; published_at: string } };
}

/** A request of the operator to the real Worker. Its answer is read whole: workerd waits for those that are not. */
export async function send({ method, path, body }: Wish): Promise<Answer> {
  const form = body instanceof URLSearchParams;
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": type };
  const text = body === undefined ? null : form ? body.toString() : JSON.stringify(body);
  const request = new Request(`${SITE}${path}`, { method, headers, body: text, redirect: "manual" });
  const answer = await exports.default.fetch(request);
  return { status: answer.status, ok: answer.ok, text: await answer.text() };
}
