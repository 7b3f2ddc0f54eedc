import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { LIMITS } from "../../../model/limits.ts";
import type { LinkState } from "../../../model/session.ts";
import type { Principal } from "../../../model/token.ts";
import { holderOf } from "../../api/auth.ts";
import type { App } from "../../context.ts";
import { maySignIn } from "../../fair-use.ts";
import { outsidePage } from "../layout.tsx";
import { isOwn, linkState, type Session, sessionOf, signIn, signInByLink, signOut } from "../session.ts";
import { localeFor, wordsOf } from "../visit.ts";
import { foreignView, Kept } from "./failure.tsx";

/** Entering and leaving: what works without a session. */
interface Door {
  path: string;
  get?(c: Context<App>): Promise<Response>;
  post?(c: Context<App>): Promise<Response>;
}

/** S0: a token, or the button of a sign-in link. */
export const SIGN_IN: readonly Door[] = [
  {
    path: "/admin/sign-in",
    get: async (c) => tokenPage(c, { note: c.req.query("out") ? "signedOut" : undefined }),
    async post(c) {
      const fields = await c.req.formData();
      if (!(await maySignIn(c))) return refused(c, "tooOften", 429, fields);
      const token = String(fields.get("token") ?? "").trim();
      const holder = await holderOf(c, { token, isBearer: true });
      if (!holder.ok) {
        const isWrong = holder.failure.tag === "unauthenticated";
        return isWrong ? refused(c, "wrong", 401, fields) : refused(c, "tooOften", 429, fields);
      }
      return entered(c, await signIn(c, holder.value), fields);
    },
  },
  {
    path: "/admin/sign-in/:link",
    async get(c) {
      const { state, principal } = await linkState(c, c.req.param("link") ?? "");
      return state === "usable" && principal ? linkPage(c, principal) : refusedLink(c, state);
    },
    async post(c) {
      const entry = await signInByLink(c, c.req.param("link") ?? "");
      if (typeof entry !== "string") return entered(c, entry, new FormData());
      // A link that works is no guess: an office can sign in at once.
      return (await maySignIn(c)) ? refusedLink(c, entry) : refused(c, "tooOften", 429, new FormData());
    },
  },
  {
    path: "/admin/sign-out",
    async post(c) {
      const session = await sessionOf(c);
      if (session) {
        const fields = await c.req.formData();
        if (!isOwn(session, String(fields.get("_csrf") ?? ""))) return foreignView(c, 403);
        await signOut(c, session);
      }
      return c.redirect("/admin/sign-in?out=1", 303);
    },
  },
];

type Sentence = "wrong" | "tooOften" | "unknownLink" | "usedLink" | "expiredLink" | "ended" | "signedOut";

/** Where to after signing in: to what was asked for or, with a form that was not sent, on with it. */
function entered(c: Context<App>, session: Session, fields: FormData): Response {
  if (isScript(c)) return c.json({ csrf: session.csrf });
  const action = ownPath(String(fields.get("_action") ?? ""));
  if (!action) return c.redirect(ownPath(String(fields.get("_next") ?? "")) ?? "/admin", 303);
  const { locale, words, signIn: say } = speech(c);
  for (const name of ["_action", "_next", "token"]) fields.delete(name);
  const body = (
    <>
      <p>{say.continueText}</p>
      <form method="post" action={action}>
        <input type="hidden" name="_csrf" value={session.csrf} />
        <Kept fields={fields} />
        <button type="submit">{say.continueButton}</button>
      </form>
    </>
  );
  return c.html(outsidePage({ locale, words }, say.continueTitle, body));
}

/** A path of the console; null for any other address, so that nobody is led away. */
const ownPath = (path: string): string | null =>
  /^\/admin(?:[/?][\w\-./?=&%:,~+]*)?$/.test(path) && !path.includes("//") ? path : null;

const isScript = (c: Context<App>): boolean => c.req.header("x-autosave") !== undefined;

function speech(c: Context<App>) {
  const locale = localeFor(c);
  const words = wordsOf(locale);
  return { locale, words, signIn: words.signIn };
}

function refused(c: Context<App>, sentence: Sentence, status: 401 | 429, fields: FormData): Response {
  if (isScript(c)) return c.json({ detail: speech(c).signIn[sentence] }, status);
  return tokenPage(c, { error: sentence, status, fields });
}

function refusedLink(c: Context<App>, state: LinkState): Response {
  const sentence = {
    used: "usedLink",
    expired: "expiredLink",
    unknown: "unknownLink",
    usable: "unknownLink",
  } as const;
  return tokenPage(c, { error: sentence[state], status: state === "unknown" ? 404 : 410 });
}

/** Asks whoever is not signed in to do so, and keeps what a form had in it. */
export function signedOutPage(c: Context<App>, fields?: FormData): Response {
  const { pathname, search } = new URL(c.req.url);
  if (isScript(c)) return c.json({ detail: speech(c).signIn.ended }, 401);
  if (!fields) return tokenPage(c, { status: 401, next: pathname + search });
  const kept = new FormData();
  for (const [name, value] of fields) kept.append(name, value);
  kept.set("_action", pathname + search);
  return tokenPage(c, { error: "ended", status: 401, fields: kept });
}

function tokenPage(
  c: Context<App>,
  {
    error,
    note,
    status = 200,
    fields,
    next,
  }: {
    error?: Sentence;
    note?: Sentence | undefined;
    status?: 200 | 401 | 404 | 410 | 429;
    fields?: FormData;
    next?: string;
  },
): Response {
  const { locale, words, signIn: say } = speech(c);
  fields?.delete("token");
  const body = (
    <>
      {note ? (
        <p class="note" role="status">
          {say[note]}
        </p>
      ) : null}
      {error ? (
        <p class="note bad" role="alert">
          {say[error]}
        </p>
      ) : null}
      <form method="post" action="/admin/sign-in" class="panel narrow">
        {fields ? <Kept fields={fields} /> : null}
        {next ? <input type="hidden" name="_next" value={next} /> : null}
        <TokenField label={say.token} hint={say.tokenHint} />
        <div class="buttons">
          <button type="submit">{say.submit}</button>
        </div>
        <p class="hint">{say.noToken}</p>
      </form>
    </>
  );
  if (status === 429) c.header("retry-after", String(LIMITS.LIMITER_SECONDS));
  return c.html(outsidePage({ locale, words }, say.title, body), status);
}

/** The field of a token. */
export function TokenField({ label, hint }: { label: string; hint?: string }): Child {
  return (
    <div class="field">
      <label for="token">{label}</label>
      <input id="token" name="token" type="password" dir="ltr" required autocomplete="current-password" />
      {hint ? <p class="hint">{hint}</p> : null}
    </div>
  );
}

function linkPage(c: Context<App>, principal: Principal): Response {
  const { locale, words, signIn: say } = speech(c);
  if (principal.kind !== "token") return refusedLink(c, "unknown");
  const names = principal.organizations.join(", ");
  const label = principal.description ? say.as(principal.description, names) : say.asNobody(names);
  const body = (
    <form method="post" action={new URL(c.req.url).pathname} class="panel">
      <p>{say.linkExplained}</p>
      <div class="buttons">
        <button type="submit">
          <bdi>{label}</bdi>
        </button>
      </div>
    </form>
  );
  return c.html(outsidePage({ locale, words }, say.title, body));
}
