import { sha256 } from "../../model/digest.ts";
import { SCRIPT } from "./documentation/script.ts";
import { DOCUMENTATION_STYLE } from "./documentation/style.ts";
import { STYLE } from "./style.ts";

const sourceOf = async (text: string): Promise<string> =>
  `'sha256-${btoa(String.fromCharCode(...(await sha256(text))))}'`;

/** Headers with a policy (CSP Level 3) under which nothing runs, frames, submits or loads but what is named. */
const headersWith = (...policy: string[]): Readonly<Record<string, string>> => ({
  "content-security-policy": [
    "default-src 'none'",
    ...policy,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
});

const style = await sourceOf(STYLE);

/** Every page but one: its one style sheet, and pictures and recordings from anywhere. */
export const SECURITY_HEADERS = headersWith(
  "img-src https: http:",
  "media-src https: http:",
  `style-src ${style}`,
);

/** The documentation: its two style sheets and its one script, which may ask this service and no other. */
export const DOCUMENTATION_HEADERS = headersWith(
  `style-src ${style} ${await sourceOf(DOCUMENTATION_STYLE)}`,
  `script-src ${await sourceOf(SCRIPT)}`,
  "connect-src 'self'",
);
