import { ENGLISH } from "./language.ts";
import { document } from "./layout.tsx";

/** Why a page cannot be shown. */
export interface MessageView {
  /** The HTTP status. */
  status: number;
  title: string;
  detail: string;
}

/** The page for an error. */
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
