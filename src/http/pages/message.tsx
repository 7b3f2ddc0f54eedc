import { ENGLISH } from "./language.ts";
import { document } from "./layout.tsx";

/** Why there is no page: not found, withdrawn, or broken. */
export interface MessageView {
  /** The HTTP status that goes with it. */
  status: number;
  title: string;
  detail: string;
}

/** The page that stands in the place of one that cannot be shown. */
export function messagePage({ status, title, detail }: MessageView): string {
  return document({
    title: `${title} · Communiqué`,
    language: ENGLISH.lang,
    children: (
      <div class="intro">
        <p class="label">{status}</p>
        <h1>{title}</h1>
        <p class="lead">{detail}</p>
        <p>
          <a href="/">All organizations</a>
        </p>
      </div>
    ),
  });
}
