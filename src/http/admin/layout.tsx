import type { Child } from "hono/jsx";
import { type Locale, PageLocale } from "../pages/locale.ts";
import { SCRIPT_PATH, STYLE_PATH } from "./files.ts";
import { ConsoleContext, NAV, type NavName, type View, type Visit } from "./visit.ts";
import type { ConsoleWords } from "./words.ts";

/** A whole page of the console. */
export function consolePage(visit: Visit, view: View): string {
  const { words, locale, session } = visit;
  const surroundings = {
    words,
    csrf: session.csrf,
    link: visit.link.bind(visit),
    may: visit.may.bind(visit),
  };
  return html(
    locale,
    <ConsoleContext.Provider value={surroundings}>
      <Frame title={view.title} words={words} locale={locale} top={<Top visit={visit} nav={view.nav} />}>
        <h1>
          <bdi>{view.title}</bdi>
        </h1>
        {view.note ? (
          <p class="note done" role="status">
            {view.note}
          </p>
        ) : null}
        {view.body}
      </Frame>
    </ConsoleContext.Provider>,
  );
}

/** A page for somebody who is not signed in. */
export function outsidePage(
  { locale, words }: { locale: Locale; words: ConsoleWords },
  title: string,
  body: Child,
): string {
  return html(
    locale,
    <Frame title={title} words={words} locale={locale} top={null}>
      <h1>{title}</h1>
      {body}
    </Frame>,
  );
}

const html = (locale: Locale, content: Child): string =>
  `<!doctype html>\n${<PageLocale.Provider value={locale}>{content}</PageLocale.Provider>}`;

function Frame({
  title,
  words,
  locale,
  top,
  children,
}: {
  title: string;
  words: ConsoleWords;
  locale: Locale;
  top: Child;
  children: Child;
}) {
  return (
    <html {...locale.own}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Communiqué`}</title>
        <link rel="icon" href="/favicon.svg" />
        <link rel="stylesheet" href={STYLE_PATH} />
        <script src={SCRIPT_PATH} defer />
      </head>
      <body class="console">
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="bar">
          <a class="brand" href="/admin">
            Communiqué
          </a>
          <span class="muted">{words.console}</span>
          {top}
        </header>
        <main id="main">{children}</main>
      </body>
    </html>
  );
}

function Top({ visit, nav }: { visit: Visit; nav: NavName | undefined }) {
  const { words, session, here } = visit;
  const { principal } = session;
  const who = principal.kind === "admin" ? words.operator : principal.description || principal.id;
  const shown = (Object.keys(NAV) as NavName[]).filter((name) => visit.may(NAV[name].needs));
  return (
    <>
      {here ? <Switcher visit={visit} /> : null}
      <details class="menu" open>
        <summary>{words.menu}</summary>
        <nav aria-label={words.menu}>
          <ul>
            {shown.map((name) => (
              <li>
                <a href={visit.link(NAV[name].path)} aria-current={name === nav ? "page" : undefined}>
                  {words.nav[name]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <form method="post" action="/admin/sign-out" class="who">
          <input type="hidden" name="_csrf" value={session.csrf} />
          <span class="muted">
            {words.signedInAs} <bdi>{who}</bdi>
          </span>
          <button type="submit" class="quiet">
            {words.signOut}
          </button>
        </form>
      </details>
    </>
  );
}

/** Chooses the organization that the screens are about. Whoever has one only sees its name. */
function Switcher({ visit }: { visit: Visit }) {
  const { here, words } = visit;
  if (!here) return null;
  const { organization, all } = here;
  if (all.length < 2)
    return (
      <strong class="place">
        <bdi>{organization.name}</bdi>
      </strong>
    );
  const others = all.some(({ slug }) => slug === organization.slug) ? all : [organization, ...all];
  return (
    <form method="get" action={placePath(visit.url.pathname)} class="place">
      <label>
        <span class="hidden">{words.organization}</span>
        <select name="organization">
          {others.map(({ slug, name }) => (
            <option value={slug} selected={slug === organization.slug}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="quiet">
        {words.show}
      </button>
    </form>
  );
}

/** The screen that lists things like the one shown: the thing itself is of one organization. */
function placePath(path: string): string {
  const listed = Object.values(NAV).map((one) => one.path as string);
  return listed.includes(path) ? path : (listed.findLast((one) => path.startsWith(`${one}/`)) ?? "/admin");
}
