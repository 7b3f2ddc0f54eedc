import { sha256 } from "../../model/digest.ts";
import { COPY_SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** The source expression (CSP Level 3) that allows exactly this inline text. */
export const sourceOf = async (text: string): Promise<string> =>
  `'sha256-${btoa(String.fromCharCode(...(await sha256(text))))}'`;

/** Security headers with a policy that allows only what is named: nothing else loads, runs, frames or submits. */
export const headersWith = (...policy: string[]): Readonly<Record<string, string>> => ({
  "content-security-policy": [
    "default-src 'none'",
    ...policy,
    "base-uri 'none'",
    ...(policy.some((one) => one.startsWith("form-action ")) ? [] : ["form-action 'none'"]),
    "frame-ancestors 'none'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
});

/** Every page but the documentation: the style sheet, the script that copies, a search, and images and recordings from anywhere. */
export const SECURITY_HEADERS = headersWith(
  "img-src https: http:",
  "media-src https: http:",
  `style-src ${await sourceOf(STYLE)}`,
  `script-src ${await sourceOf(COPY_SCRIPT)}`,
  "form-action 'self'",
);
