import { sha256 } from "../../model/digest.ts";
import { STYLE } from "./style.ts";

const styleHash = btoa(String.fromCharCode(...(await sha256(STYLE))));

/**
 * The headers that every page is sent with. The policy (CSP Level 3) lets a page show its one style sheet, and
 * pictures and recordings from anywhere; nothing runs, frames, submits or loads besides.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "img-src https: http:",
    "media-src https: http:",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};
