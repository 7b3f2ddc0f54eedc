import type { Context } from "hono";
import { publicKeyOf } from "../delivery/public-key.ts";
import { configuration } from "../env.ts";
import { fail } from "../model/result.ts";
import { CACHING, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import type { Reply } from "./methods.ts";

/** `GET /webhooks/public-key`: the key that verifies deliveries; 404 if SIGNING_KEY is not set. */
export async function publicKey(c: Context<App>): Promise<Reply> {
  const { signingKey, formerSigningKeys } = configuration(c.env);
  if (signingKey === null) return fail({ tag: "not-found" });
  const headers = { "cache-control": CACHING.page, vary: TEXT_VARY };
  const former = await Promise.all(formerSigningKeys.map(publicKeyOf));
  const answer = {
    public_key: await publicKeyOf(signingKey),
    ...(former.length > 0 ? { former_public_keys: former } : {}),
  };
  return c.json(answer, 200, headers);
}
