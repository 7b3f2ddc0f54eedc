/** What `npm start` prints. `slugs` are the existing organizations. */
export interface Running {
  baseUrl: string;
  token: string;
  state: string;
  slugs: string[];
}

/** The organization for examples, if it exists. */
const EXAMPLE = "icesco";

/** The usual folder of the data, where other programs look for a running service. */
const USUAL_STATE = ".wrangler/state";

/** The URLs of a running service and example commands, for the terminal. */
export function announcement({ baseUrl, token, state, slugs }: Running): string {
  const slug = slugs.includes(EXAMPLE) ? EXAMPLE : (slugs[0] ?? EXAMPLE);
  const article = JSON.stringify({ organizations: [slug], title: "Our first announcement" });
  const elsewhere = state === USUAL_STATE ? "" : `COMMUNIQUE_STATE=${state} `; // how other programs find this run
  return `
Communiqué is running.

  Pages   ${baseUrl}/  (every organization)
          ${baseUrl}/${slug}
  Feeds   ${baseUrl}/${slug}/feed.rss
          ${baseUrl}/${slug}/feed.atom
          ${baseUrl}/${slug}/feed.json
  API     ${baseUrl}/api/docs  (to read and to try)
  Token   ${token}  (the operator's, kept in .dev.vars)

Publish an article:

  curl -X POST ${baseUrl}/api/v1/articles -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${article}'

See its alert arrive: run \`${elsewhere}npm run listen\` in another terminal first.

!! DEVELOPMENT RUN: webhooks may call receivers on this very machine (127.0.0.1, [::1], localhost).
!! That holds for this run only; a deployed service refuses them.

Ctrl-C stops it. What you publish is kept in ${state}.
`;
}
