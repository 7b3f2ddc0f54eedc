import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Child } from "hono/jsx";
import { createContext, useContext } from "hono/jsx";
import type { Organization } from "../../model/organization.ts";
import { admitted, mayActFor, type Need } from "../../model/token.ts";
import type { App } from "../context.ts";
import { type Locale, localeAsked, localeOf } from "../pages/locale.ts";
import type { Problem } from "../problem.ts";
import { type Ask, type Asked, askFor, part } from "./ask.ts";
import type { Session } from "./session.ts";
import { CONSOLE_WORDS, type ConsoleWords } from "./words.ts";

/** The cookie that remembers which language somebody has chosen. */
export const LANGUAGE_COOKIE = "communique-language";

/** What a screen shows. */
export interface View {
  title: string;
  body: Child;
  status?: 200 | 201 | 400 | 403 | 404 | 409 | 412 | 422 | 429 | 503;
  /** Says what has just happened. */
  note?: string | undefined;
  /** Which entry of the menu it belongs to. */
  nav?: NavName;
}

/** Where to go after a form. */
export interface Led {
  to: string;
}

/** What a screen answers with: a failure of the API is shown as such. */
export type Shown = View | Led | { ok: false; problem: Problem } | Response;

/** The entries of the menu, and what a token needs for each. */
export const NAV = {
  today: { path: "/admin", needs: "token" },
  articles: { path: "/admin/articles", needs: "read" },
  write: { path: "/admin/articles/new", needs: "publish" },
  paste: { path: "/admin/paste", needs: "publish" },
  receivers: { path: "/admin/receivers", needs: "webhooks" },
  subscribers: { path: "/admin/subscribers", needs: "read" },
  sources: { path: "/admin/sources", needs: "read" },
  organization: { path: "/admin/organization", needs: "read" },
  people: { path: "/admin/people", needs: "operator" },
  problems: { path: "/admin/problems", needs: "operator" },
  usage: { path: "/admin/usage", needs: "operator" },
  move: { path: "/admin/move", needs: "operator" },
  audit: { path: "/admin/audit", needs: "read" },
  sessions: { path: "/admin/sessions", needs: "token" },
} as const satisfies Record<string, { path: string; needs: Need }>;
export type NavName = keyof typeof NAV;

/** Somebody who looks at a screen, and what the screen needs to answer. */
export class Visit {
  readonly c: Context<App>;
  readonly session: Session;
  readonly ask: Ask;
  readonly words: ConsoleWords;
  readonly url: URL;
  locale: Locale;
  /** The organization that the screen is about, and those that can be chosen; null before {@link place}. */
  here: { organization: Organization; all: readonly Organization[] } | null = null;

  constructor(c: Context<App>, session: Session) {
    this.c = c;
    this.session = session;
    this.ask = askFor(c, session.principal);
    this.url = new URL(c.req.url);
    this.locale = localeFor(c);
    this.words = wordsOf(this.locale);
  }

  /** A parameter of the address; empty if it is not there. */
  query(name: string): string {
    return this.url.searchParams.get(name) ?? "";
  }

  /** A part of the path. */
  param(name: string): string {
    return this.c.req.param(name) ?? "";
  }

  may(need: Need): boolean {
    return admitted(this.session.principal, need).ok;
  }

  /**
   * The organization that the address names, or else the first: one call of the Directory. Times are told by its zone. Null
   * if there is none, or no access to it.
   */
  async place(named = this.query("organization")): Promise<Organization | null> {
    const all = await this.#organizations();
    const organization = named
      ? (all.find(({ slug }) => slug === named) ?? (await this.#named(named)))
      : all[0];
    if (!organization) return null;
    this.here = { organization, all };
    this.locale = localeOf({ language: this.locale.own.lang, time_zone: organization.time_zone });
    return organization;
  }

  async #organizations(): Promise<readonly Organization[]> {
    const { principal } = this.session;
    if (!this.may("read")) {
      const slugs = principal.kind === "admin" ? [] : principal.open;
      return slugs.map((slug) => ({
        slug,
        name: slug,
        description: "",
        language: "en",
        aliases: [],
        sources: [],
      }));
    }
    const listed = await this.ask<{ organizations: Organization[] }>("GET", "/organizations");
    return listed.ok ? listed.value.organizations : [];
  }

  /** An organization that is not among the first ones of the operator. */
  async #named(slug: string): Promise<Organization | null> {
    if (!mayActFor(this.session.principal, [slug])) return null;
    const found: Asked<Organization> = await this.ask("GET", `/organizations/${part(slug)}`);
    return found.ok ? found.value : null;
  }

  /** The address of a screen, for the same organization. */
  link(path: string, query: Record<string, string | undefined> = {}): string {
    const { here } = this;
    const organization = here && here.all.length !== 1 ? here.organization.slug : undefined;
    const all = Object.entries({ organization, ...query }).flatMap(([name, value]) =>
      value ? [[name, value]] : [],
    );
    return all.length > 0 ? `${path}?${new URLSearchParams(all)}` : path;
  }
}

/** How the console speaks: as was chosen, or as the browser asks. */
export function localeFor(c: Context<App>): Locale {
  const chosen = getCookie(c, LANGUAGE_COOKIE, "host");
  const locale = localeAsked(chosen || c.req.header("accept-language"));
  return locale.own.lang in CONSOLE_WORDS ? locale : localeOf({ language: "en" });
}

export const wordsOf = ({ own }: Locale): ConsoleWords =>
  CONSOLE_WORDS[own.lang] ?? (CONSOLE_WORDS.en as ConsoleWords);

/** What components of a screen need of the visit. */
export interface Surroundings {
  words: ConsoleWords;
  csrf: string;
  link: Visit["link"];
  may: Visit["may"];
}

export const ConsoleContext = createContext<Surroundings | null>(null);

/** The surroundings of a component. @throws outside a screen */
export function useConsole(): Surroundings {
  const found = useContext(ConsoleContext);
  if (!found) throw new Error("A component of the console stands in no screen");
  return found;
}
