import type { Words } from "../words.ts";

/** English. */
export const en: Words = {
  tagline: "News from organizations, as feeds",
  skip: "Skip to content",
  times: (zone) => `Times are in ${zone}.`,
  privacy: "These pages set no cookies.",
  comma: ", ",
  organizations: "Organizations",
  allOrganizations: "All organizations",
  latest: "Latest articles",
  older: "Older articles",
  pages: "Pages",
  empty: "Nothing published yet. A feed will tell you when that changes.",
  allArticles: "All articles of",
  website: "Website:",
  author: "By",
  source: "Source:",
  firstPublished: "First published at",
  attachments: "Attachments",
  tags: "Tags",
  undated: "Undated",
  bytes: ["bytes", "kB", "MB", "GB", "TB"],
  feedsOf: (name) => `Feeds of ${name}`,
  feedOf: (name) => `Feed of ${name}`,
  websiteOf: (name) => `Website of ${name}`,
  search: { label: "Search these articles", submit: "Search", nothing: "Nothing found." },
  subscribe: {
    title: "How to subscribe",
    whatIsAFeed:
      "A feed is an address that a feed reader looks at for you: it shows what is new, without an account here and without e-mail.",
    copy: "Copy the address",
    copied: "Copied",
    openIn: "Open in a reader",
    app: "A reader on this device",
    code: "QR code of the feed’s address",
    onAPhone: "Scan it to open the feed on a phone.",
    developers: "For developers:",
    webhooks: "webhooks and API",
  },
  feed: {
    thisIs: "This is the address of a feed",
    whatToDo: "Put it into a feed reader, and it will tell you of everything new:",
  },
  messages: {
    "malformed-query": {
      title: "Invalid query parameters",
      detail: "The address has parameters that cannot be used. Check these:",
    },
    "not-found": { title: "Not found", detail: "There is nothing at this address." },
    gone: { title: "Withdrawn", detail: "This article was withdrawn by its publisher." },
    closed: { title: "Deleted", detail: "This organization was deleted. Its feeds and pages have ended." },
    "method-not-allowed": { title: "Method not allowed", detail: "This address can only be read." },
    "too-many-requests": {
      title: "Too many requests",
      detail: "Too many requests came from your network. Wait a minute, then try again.",
    },
    unavailable: {
      title: "Service unavailable",
      detail: "Something went wrong here. Try again in a moment.",
    },
  },
};
