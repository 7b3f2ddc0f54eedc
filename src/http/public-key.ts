import type { Context } from "hono";
import { publicKeyOf } from "../delivery/public-key.ts";
import { configuration } from "../env.ts";
import type { App } from "./context.ts";
import { refuse } from "./problem.ts";

/** `GET /webhooks/public-key`: the key by which anybody can verify a delivery; 404 where none is set. */
export async function publicKey(c: Context<App>): Promise<Response> {
  const { signingKey } = configuration(c.env);
  if (signingKey === null) return refuse(c, { tag: "not-found" });
  return c.json({ public_key: await publicKeyOf(signingKey) });
}
