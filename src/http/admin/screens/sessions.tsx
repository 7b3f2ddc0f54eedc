import { setCookie } from "hono/cookie";
import { LIMITS } from "../../../model/limits.ts";
import type { Session } from "../../../model/session.ts";
import { part } from "../ask.ts";
import type { Screen } from "../console.ts";
import { Form, Press, Table } from "../forms.tsx";
import { When } from "../time.tsx";
import { LANGUAGE_COOKIE, useConsole } from "../visit.ts";
import { CONSOLE_WORDS } from "../words.ts";

/** S19: where somebody is signed in, and in which language the console speaks. */
export const SESSION_SCREENS: readonly Screen[] = [
  {
    path: "/admin/sessions",
    needs: "token",
    async get(visit) {
      await visit.place();
      const { words } = visit;
      const found = await visit.ask<{ sessions: Session[] }>("GET", "/me/sessions");
      if (!found.ok) return found;
      return {
        title: words.sessions.title,
        nav: "sessions",
        note: visit.query("done") === "ended" ? words.sessions.ended : undefined,
        body: (
          <>
            <p class="hint">{words.sessions.explain}</p>
            <Sessions sessions={found.value.sessions} own={visit.session.id} />
            <Language current={visit.locale.own.lang} />
          </>
        ),
      };
    },
  },
  {
    path: "/admin/sessions/:id/end",
    needs: "token",
    async post(visit) {
      await visit.place();
      const done = await visit.ask("DELETE", `/me/sessions/${part(visit.param("id"))}`);
      return done.ok ? { to: visit.link("/admin/sessions", { done: "ended" }) } : done;
    },
  },
  {
    path: "/admin/sessions/language",
    needs: "token",
    async post(visit, fields) {
      const language = String(fields.get("language") ?? "");
      if (language in CONSOLE_WORDS)
        setCookie(visit.c, LANGUAGE_COOKIE, language, {
          prefix: "host",
          path: "/",
          secure: true,
          httpOnly: true,
          sameSite: "Lax",
          maxAge: LIMITS.LANGUAGE_COOKIE_SECONDS,
        });
      await visit.place();
      return { to: visit.link("/admin/sessions") };
    },
  },
];

function Sessions({ sessions, own }: { sessions: readonly Session[]; own: string }) {
  const { words, link } = useConsole();
  const w = words.sessions;
  return (
    <Table
      label={w.title}
      columns={[w.browser, w.begun, w.seen, words.actions]}
      rows={sessions.map(({ id, browser, begun_at, seen_at }) => [
        <bdi>{browser || "–"}</bdi>,
        <When at={begun_at} />,
        <When at={seen_at} />,
        id === own ? (
          w.this
        ) : (
          <Press action={link(`/admin/sessions/${id}/end`)} label={w.end} kind="danger" />
        ),
      ])}
    />
  );
}

function Language({ current }: { current: string }) {
  const { words, link } = useConsole();
  return (
    <Form action={link("/admin/sessions/language")} class="filters">
      <div class="field">
        <label for="language">{words.sessions.language}</label>
        <select id="language" name="language">
          {Object.keys(CONSOLE_WORDS).map((language) => (
            <option value={language} lang={language} selected={language === current}>
              {NAMES[language] ?? language}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="quiet">
        {words.sessions.languageButton}
      </button>
    </Form>
  );
}

/** Each language by its own name. */
const NAMES: Readonly<Record<string, string>> = {
  en: "English",
  az: "Azərbaycanca",
  tr: "Türkçe",
  ru: "Русский",
  ar: "العربية",
  fr: "Français",
};
