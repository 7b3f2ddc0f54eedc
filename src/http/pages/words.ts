import type { Language } from "./asked.ts";
import { ar } from "./words/ar.ts";
import { az } from "./words/az.ts";
import { en } from "./words/en.ts";
import { fr } from "./words/fr.ts";
import { ru } from "./words/ru.ts";
import { tr } from "./words/tr.ts";

/** A failure as a page says it. */
export interface Message {
  title: string;
  detail: string;
}

/** The pages' own words in one language. A label that stands before a value has its colon, where the language writes one. */
export interface Words {
  /** Beside the name of the service. */
  tagline: string;
  skip: string;
  /** In the time zone of this name. */
  times: (zone: string) => string;
  privacy: string;
  /** Between the parts of a list and of a date: ", ". */
  comma: string;
  organizations: string;
  allOrganizations: string;
  latest: string;
  older: string;
  /** Names the links to further pages. */
  pages: string;
  empty: string;
  /** Before the name of the organization of whose articles a page shows some. */
  allArticles: string;
  website: string;
  author: string;
  source: string;
  /** Before the host of an article's own address. */
  firstPublished: string;
  attachments: string;
  tags: string;
  undated: string;
  /** Of 1, 1,000, 1,000² … bytes. */
  bytes: readonly [string, string, string, string, string];
  feedsOf: (name: string) => string;
  feedOf: (name: string) => string;
  websiteOf: (name: string) => string;
  /** `label` names the field. */
  search: { label: string; submit: string; nothing: string };
  subscribe: {
    title: string;
    whatIsAFeed: string;
    copy: string;
    copied: string;
    /** Names a list of readers. */
    openIn: string;
    /** The reader of the device, whatever it is called. */
    app: string;
    /** What the picture shows. */
    code: string;
    onAPhone: string;
    /** Before the names of what they can use. */
    developers: string;
    webhooks: string;
  };
  /** On the home page and the list of organizations. */
  home: {
    title: string;
    description: string;
    news: string;
    lead: string;
    opml: string;
    developers: string;
    latest: string;
    nobody: string;
    nothing: string;
    previous: string;
    more: string;
    page: (number: number) => string;
  };
  /** On the page at the address of a feed. */
  feed: { thisIs: string; whatToDo: string };
  messages: Record<
    | "malformed-query"
    | "not-found"
    | "gone"
    | "closed"
    | "method-not-allowed"
    | "too-many-requests"
    | "unavailable",
    Message
  >;
}

/** The languages of the pages: one file and one row for each. A word that is missing does not compile. */
export const WORDS = { en, az, tr, ru, ar, fr } satisfies Record<Language, Words>;
