import { document } from "./layout.tsx";
import { ENGLISH, type Locale } from "./locale.ts";

/** Why a page cannot be shown. */
export interface MessageView {
  /** The HTTP status. */
  status: number;
  title: string;
  detail: string;
  /** What in the request is at fault: names of parameters. */
  faults?: readonly string[];
  locale?: Locale;
}

/** The page for an error. */
export function messagePage({ status, title, detail, faults = [], locale = ENGLISH }: MessageView): string {
  return document({
    title: `${title} · Communiqué`,
    language: locale.own.lang,
    locale,
    children: (
      <div class="intro">
        <p class="label">{status}</p>
        <h1>{title}</h1>
        <p class="lead">{detail}</p>
        {faults.length > 0 ? (
          <ul>
            {faults.map((fault) => (
              <li>
                <code>{fault}</code>
              </li>
            ))}
          </ul>
        ) : null}
        <p>
          <a href="/">{locale.words.allOrganizations}</a>
        </p>
      </div>
    ),
  });
}
