import type { Context } from "hono";
import type { App } from "../../context.ts";
import type { Problem } from "../../problem.ts";
import { outsidePage } from "../layout.tsx";
import { localeFor, useConsole, type View, type Visit, wordsOf } from "../visit.ts";

/** What failed, in people's words, with what to do. */
export function failureView({ words, url }: Visit, problem: Problem): View {
  const { problems } = words;
  const scope = /lacks the scope (\w+)/.exec(problem.detail)?.[1];
  if (scope) return view(problems.forbidden, problems.scope(scope), 403);
  if (problem.status === 403) return view(problems.forbidden, problems.notFoundText, 403);
  if (problem.status === 404 || problem.status === 410)
    return view(problems.notFound, problems.notFoundText, 404);
  if (problem.status >= 500) {
    return {
      title: problems.unavailable,
      body: (
        <>
          <p>{problems.unavailableText}</p>
          <p class="buttons">
            <a class="button" href={`${url.pathname}${url.search}`}>
              {problems.tryAgain}
            </a>
          </p>
        </>
      ),
      status: 503,
    };
  }
  return { ...view(problems.title, problem.detail, 422), body: <Details problem={problem} /> };
}

const view = (title: string, text: string, status: 403 | 404 | 422): View => ({
  title,
  body: <p>{text}</p>,
  status,
});

function Details({ problem }: { problem: Problem }) {
  return (
    <div role="alert">
      <p>
        <bdi>{problem.detail}</bdi>
      </p>
      <ul>
        {(problem.errors ?? []).map(({ path, message }) => (
          <li>
            <bdi>{path ? `${path} ${message}` : message}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A form that was sent already. */
export const sentView = ({ words }: Visit): View => ({
  title: words.problems.sent,
  body: <p>{words.problems.sentText}</p>,
  status: 409,
});

/** A form whose value is missing or old, with all that was entered, to be sent again. */
export function staleView({ words, url }: Visit, fields: FormData): View {
  return {
    title: words.problems.title,
    status: 403,
    body: <Resend text={words.problems.stale} action={`${url.pathname}${url.search}`} fields={fields} />,
  };
}

function Resend({ text, action, fields }: { text: string; action: string; fields: FormData }) {
  const { words, csrf } = useConsole();
  return (
    <>
      <p role="alert">{text}</p>
      <form method="post" action={action}>
        <input type="hidden" name="_csrf" value={csrf} />
        <Kept fields={fields} />
        <button type="submit">{words.problems.staleButton}</button>
      </form>
    </>
  );
}

/** The fields of a form, to be sent again as they are. */
export function Kept({ fields }: { fields: FormData }) {
  const kept = [...fields].filter(
    (entry): entry is [string, string] => entry[0] !== "_csrf" && typeof entry[1] === "string",
  );
  return (
    <>
      {kept.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** A refusal before anything is known of who asks. */
export function foreignView(c: Context<App>, status: 403 | 413 | 415 | 503): Response {
  const locale = localeFor(c);
  const words = wordsOf(locale);
  const { problems } = words;
  const text = {
    403: problems.foreign,
    413: problems.tooLarge,
    415: problems.foreign,
    503: problems.unavailableText,
  };
  const title = status === 503 ? problems.unavailable : problems.title;
  return c.html(outsidePage({ locale, words }, title, <p role="alert">{text[status]}</p>), status);
}
