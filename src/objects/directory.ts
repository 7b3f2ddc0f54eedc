import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { ARTICLE_OWNERS_SCHEMA, ArticleOwners, Articles } from "./directory/articles.ts";
import { FormerAudit } from "./directory/former-audit.ts";
import { QUOTAS_SCHEMA, ServiceHealth } from "./directory/health.ts";
import { IDEMPOTENCY_SCHEMA, Idempotency } from "./directory/idempotency.ts";
import { LISTS_SCHEMA, Lists } from "./directory/lists.ts";
import { METRICS_SCHEMA, Metrics } from "./directory/metrics.ts";
import { Names } from "./directory/names.ts";
import { NEWS_SCHEMA, News, NewsStore } from "./directory/news.ts";
import { ORGANIZATIONS_SCHEMA, OrganizationStore } from "./directory/organization-store.ts";
import { auditRelay, channelRelay, Organizations, recordRelay } from "./directory/organizations.ts";
import { PROBLEMS_SCHEMA, ProblemStore, Problems } from "./directory/problems.ts";
import { PUBLISHERS_SCHEMA, Publishers } from "./directory/publishers.ts";
import { type CachedEntrypoint, Purges } from "./directory/purges.ts";
import { SESSIONS_SCHEMA, Sessions } from "./directory/sessions.ts";
import { revocationRelay, SHARING_SCHEMA, Sharing, SharingStore } from "./directory/sharing.ts";
import { followerRelay, SOURCES_SCHEMA, SourceStore, Sources } from "./directory/sources.ts";
import { SWEEP_SCHEMA, SweepStore } from "./directory/sweep.ts";
import { Sweep } from "./directory/tick.ts";
import { TOKENS_SCHEMA, TokenStore, Tokens } from "./directory/tokens.ts";
import { VERIFICATIONS_SCHEMA, Verifications } from "./directory/verifications.ts";
import { WATCHED_SCHEMA, Watchdog, WatchStore } from "./directory/watchdog.ts";
import { ALARM_SCHEMA, Alarm, type Duty } from "./kit/alarm.ts";
import { OUTBOX_SCHEMA, Outbox } from "./kit/outbox.ts";
import { migrate } from "./kit/sql.ts";

const SCHEMAS = [
  ALARM_SCHEMA,
  OUTBOX_SCHEMA,
  ORGANIZATIONS_SCHEMA, // before the tokens, which are bound to organizations
  TOKENS_SCHEMA,
  LISTS_SCHEMA,
  SOURCES_SCHEMA,
  IDEMPOTENCY_SCHEMA,
  ARTICLE_OWNERS_SCHEMA,
  PROBLEMS_SCHEMA,
  SWEEP_SCHEMA,
  WATCHED_SCHEMA,
  VERIFICATIONS_SCHEMA,
  PUBLISHERS_SCHEMA,
  QUOTAS_SCHEMA,
  SHARING_SCHEMA,
  METRICS_SCHEMA,
  NEWS_SCHEMA,
  SESSIONS_SCHEMA,
];

/**
 * The single object that stores organizations, tokens and the progress of the sweep. KV cannot decide such questions: it
 * may return an old value for a minute and more, which would accept a revoked token or reject a new organization.
 */
export class Directory extends DurableObject<Bindings> {
  readonly #alarm: Alarm;
  readonly #organizations: Organizations;
  readonly #tokens: Tokens;
  readonly #sessions: Sessions;
  readonly #sources: Sources;
  readonly #names: Names;
  readonly #articles: Articles;
  readonly #problems: Problems;
  readonly #sweep: Sweep;
  readonly #watchdog: Watchdog;
  readonly #verifications: Verifications;
  readonly #publishers: Publishers;
  readonly #health: ServiceHealth;
  readonly #sharing: Sharing;
  readonly #metrics: Metrics;
  readonly #purges: Purges;
  readonly #news: News;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    const { sql } = storage;
    migrate(storage, ...SCHEMAS);
    const store = new OrganizationStore(sql);
    const problems = new ProblemStore(sql);
    const sweep = new SweepStore(sql, () => store.namesVersion);
    const health = new ServiceHealth(sql, sweep);
    const watched = new WatchStore(sql, (names) => {
      health.forget(names);
      problems.forgetWebhooks(names);
    });
    const sharing = new SharingStore(sql);
    const metrics = new Metrics(env, sql, (quota, nowMs) => health.noted(quota, nowMs));
    const { exports } = ctx as unknown as { exports: { Cached: CachedEntrypoint } };
    const purges = new Purges(env, () => exports.Cached);
    const lists = new Lists(env, sql, store, health);
    const news = new NewsStore(sql);
    const outbox: Outbox = new Outbox(storage, "directory", {
      channel: channelRelay(env, store, sharing),
      record: recordRelay(env, store),
      audit: auditRelay(env),
      switchboard: revocationRelay(env),
      follower: followerRelay(env, (id) => sources.find(id), watched),
    });
    const sources = new SourceStore(sql, outbox, watched);
    const relay: Duty = {
      name: "relay",
      dueMs: () => outbox.dueMs(),
      run: async (nowMs) => void (await outbox.run(nowMs, LIMITS.RELAY_TARGETS)),
    };
    const alarm = new Alarm(storage, "directory", [lists, relay, new FormerAudit(env, sql)]);
    this.#alarm = alarm;
    this.#organizations = new Organizations({
      storage,
      alarm,
      outbox,
      store,
      sources,
      sharing,
      watched,
      lists,
      news,
    });
    this.#tokens = new Tokens({ storage, alarm, outbox, watched }, store);
    this.#sessions = new Sessions(storage, this.#tokens);
    this.#sources = new Sources(sources, alarm, outbox);
    this.#names = new Names(store);
    this.#articles = new Articles(store, new ArticleOwners(sql), new Idempotency(sql), watched);
    this.#problems = new Problems(problems, watched);
    this.#sweep = new Sweep(env, storage, alarm, {
      sweep,
      watched,
      problems,
      organizations: store,
      outbox,
      health,
      metrics,
    });
    this.#watchdog = new Watchdog(watched, health);
    this.#verifications = new Verifications(sql);
    this.#publishers = new Publishers(sql);
    this.#health = health;
    this.#sharing = new Sharing({
      storage,
      alarm,
      outbox,
      store: sharing,
      organizations: store,
      tokens: new TokenStore(sql),
      watched,
    });
    this.#metrics = metrics;
    this.#purges = purges;
    this.#news = new News(news, store);
  }

  /** Organizations. */
  get organizations(): Organizations {
    return this.#organizations;
  }

  /** API tokens. */
  get tokens(): Tokens {
    return this.#tokens;
  }

  /** Who is signed in to the console. */
  get sessions(): Sessions {
    return this.#sessions;
  }

  /** Followed feeds, and for which organizations. */
  get sources(): Sources {
    return this.#sources;
  }

  /** The headlines of every organization. */
  get news(): News {
    return this.#news;
  }

  /** The names that attribution searches for. */
  get names(): Names {
    return this.#names;
  }

  /** Owners of article ids, and idempotency keys. */
  get articles(): Articles {
    return this.#articles;
  }

  /** Invalid records. */
  get problems(): Problems {
    return this.#problems;
  }

  /** Plans each tick. */
  get sweep(): Sweep {
    return this.#sweep;
  }

  /** The objects that the watchdog checks. */
  get watchdog(): Watchdog {
    return this.#watchdog;
  }

  /** Rate limit of the hub's verifications. */
  get verifications(): Verifications {
    return this.#verifications;
  }

  /** The publishers of copied pages. */
  get publishers(): Publishers {
    return this.#publishers;
  }

  /** How the service is. */
  get health(): ServiceHealth {
    return this.#health;
  }

  /** Which channels hand their events to the shared webhooks. */
  get sharing(): Sharing {
    return this.#sharing;
  }

  /** Purges of the Workers Cache. */
  get purges(): Purges {
    return this.#purges;
  }

  /** The totals of what all isolates count. */
  get metrics(): Metrics {
    return this.#metrics;
  }

  /** Publishes the lists of organizations, and relays changes to channels, followers, KV and the audit log. */
  override async alarm(): Promise<void> {
    await this.#alarm.ring();
  }

  /** The watchdog's check. Returns true if the alarm was missing. */
  async wake(): Promise<boolean> {
    return this.#alarm.wake();
  }
}
