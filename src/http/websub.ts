import type { Context } from "hono";
import { isSignedWith, parseHubSignature } from "../delivery/hub-signature.ts";
import { LIMITS } from "../model/limits.ts";
import { fail } from "../model/result.ts";
import { directoryOf, followerOf } from "../objects/stubs.ts";
import { firstBytes } from "../store/download.ts";
import type { App } from "./context.ts";
import type { Reply } from "./methods.ts";

/** The id of the source whose callback this is. */
const sourceAt = (c: Context<App>): string => `src_${(c.req.param("token") ?? "").split("_")[0]}`;

/** Whether anybody follows the source: otherwise no object is made for it. */
const isFollowed = async (c: Context<App>): Promise<boolean> =>
  (await directoryOf(c.env).sources.get(sourceAt(c))) !== null;

/** `GET /websub/{token}`: the hub asks whether a subscription is wanted (WebSub §5.3), or denies one (§5.2). */
export async function confirmSubscription(c: Context<App>): Promise<Reply> {
  const token = c.req.param("token") ?? "";
  const query = (name: string) => c.req.query(`hub.${name}`) ?? "";
  const [mode, challenge, lease] = [query("mode"), query("challenge"), query("lease_seconds")];
  const isQuestion =
    mode === "denied" || (challenge !== "" && challenge.length <= LIMITS.CHALLENGE_CHARACTERS);
  const leaseSeconds = /^\d{1,12}$/.test(lease) ? Number(lease) : null;
  const verification = { mode, topic: query("topic"), leaseSeconds };
  if (!isQuestion || !(await isFollowed(c))) return fail({ tag: "not-found" });
  const isWanted = await followerOf(c.env, sourceAt(c)).push.verify(token, verification);
  if (!isWanted) return fail({ tag: "not-found" });
  return c.text(mode === "denied" ? "" : challenge);
}

/** `POST /websub/{token}`: a hub pushes a feed (WebSub §7). Who it is from is checked before its body is read. */
export async function takePush(c: Context<App>): Promise<Reply> {
  const token = c.req.param("token") ?? "";
  const limitBytes = LIMITS.SOURCE_BYTES;
  if (Number(c.req.header("content-length") ?? 0) > limitBytes) return fail({ tag: "too-large", limitBytes });
  if (!(await isFollowed(c))) return fail({ tag: "not-found" });
  const follower = followerOf(c.env, sourceAt(c));
  const secret = await follower.push.secretOf(token);
  if (secret === null) return fail({ tag: "not-found" });
  const signature = parseHubSignature(c.req.header("x-hub-signature"));
  if (!signature) return fail({ tag: "forbidden" });
  const body = await firstBytes(c.req.raw.body, limitBytes + 1);
  if (body.length > limitBytes) return fail({ tag: "too-large", limitBytes });
  if (!(await isSignedWith(secret, signature, body))) return fail({ tag: "forbidden" });
  const pushed = {
    body,
    contentType: c.req.header("content-type") ?? "",
    link: c.req.header("link") ?? null,
  };
  return (await follower.push.take(token, pushed)) ? c.body(null, 202) : fail({ tag: "forbidden" });
}
