import { type Api, call } from "../src/local/api.ts";
import { connection } from "../src/local/config.ts";
import type { Outcome } from "../src/local/outcome.ts";
import articles from "./articles.json" with { type: "json" };
import organizations from "./organizations.json" with { type: "json" };
import publishers from "./publishers.json" with { type: "json" };

/** How much was loaded. */
export interface Loaded {
  organizations: number;
  articles: number;
}

/**
 * Puts the seeds into a service by its public API. Doing it again changes nothing. Stops at the first refusal.
 * @param report told of each thing that was loaded, as its path
 */
export async function load(
  baseUrl: string,
  token: string,
  report: (path: string) => void = () => {},
): Promise<Outcome<Loaded>> {
  const api: Api = { baseUrl, token };
  // Organizations first: an article may only name those that exist.
  const steps = [
    ...organizations.map((body) => ({ path: `/api/v1/organizations/${body.slug}`, body })),
    ...articles.map((body) => ({ path: `/api/v1/articles/${body.id}`, body })),
    { path: "/api/v1/publishers", body: { publishers } },
  ];
  for (const { path, body } of steps) {
    const put = await call(api, "PUT", path, body);
    if (!put.ok) return put;
    report(path);
  }
  return { ok: true, value: { organizations: organizations.length, articles: articles.length } };
}

async function main([url, token]: string[]): Promise<Outcome<string>> {
  const to = connection({
    ...process.env,
    ...(url && { COMMUNIQUE_URL: url }),
    ...(token && { COMMUNIQUE_TOKEN: token }),
  });
  if (!to.ok) return to;
  const loaded = await load(to.value.baseUrl, to.value.token, (path) => console.log(path));
  if (!loaded.ok) return loaded;
  const count = loaded.value;
  return {
    ok: true,
    value: `Loaded ${count.organizations} organizations and ${count.articles} articles into ${to.value.baseUrl}.`,
  };
}

if (import.meta.main) {
  const done = await main(process.argv.slice(2));
  if (done.ok) console.log(done.value);
  else {
    console.error(done.reason);
    process.exitCode = 1;
  }
}
