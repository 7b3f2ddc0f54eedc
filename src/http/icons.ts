import type { Context } from "hono";
import { fail } from "../model/result.ts";
import { CACHING, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import type { Reply } from "./methods.ts";
import { letterOf } from "./pages/mark.tsx";

/** `/favicon.svg`: the service's sign. */
export const favicon = (): Response => svg('<path fill="#78d3c1" d="M14 50V32a18 18 0 1 1 18 18z"/>');

/** `/icons/{code point}.svg`: the icon of an organization without a logo. The address says its letter: nothing is looked up. */
export function letterIcon(c: Context<App>): Reply {
  const [, code = ""] = /^([0-9a-f]{1,5})\.svg$/.exec(c.req.param("file") ?? "") ?? [];
  const letter = code && String.fromCodePoint(Number.parseInt(code, 16));
  // A letter or digit needs no escape.
  if (letter === "" || code.startsWith("0") || letterOf(letter) !== letter) return fail({ tag: "not-found" });
  return svg(
    `<text x="32" y="34" fill="#78d3c1" font-family="serif" font-size="40" font-weight="600" text-anchor="middle" dominant-baseline="central">${letter}</text>`,
  );
}

function svg(sign: string): Response {
  const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#1e3531"/>${sign}</svg>`;
  return new Response(body, { headers: { ...HEADERS, "content-type": "image/svg+xml", vary: TEXT_VARY } });
}

/** `/apple-touch-icon.png` and `/favicon.ico`, which programs ask for unprompted: the sign in 180 by 180 pixels. */
export const touchIcon = (): Response =>
  new Response(TOUCH_ICON, { headers: { ...HEADERS, "content-type": "image/png" } });

/** An SVG that is opened by itself is a document. */
const HEADERS = { "cache-control": CACHING.static, "content-security-policy": "default-src 'none'" };

const TOUCH_ICON = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAALQAAAC0CAIAAACyr5FlAAAHCUlEQVR4nOzde0yVdRzH8S83AYVDihwsLyBimAhIjhDNS15AhmZqKV5mSptazso2df6R6w+XFv1VC9MtCWeWS5ZTSdFQlFRsNUHAQBE0HHgOFzkchIMI9ji3LpMvM4Vzvr/zfF5z7gz453n2fn6/5/fjHB73fmuXEUBXXAmAgTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiAhTiA5U76Ezd85HP9+wf4+Ab4GgJ8DAG+/7zQvltrtZqtlrpm698vzNammsbG85VXSWf0Eod/P5+E8MjE8Khpo8J9PL26+cl+/p7B/gMf/Xpzm+1kaclPJYVHiwoaW1tIB1yc+3krIQONc6PGJUZExQSNcHVxoZ7Q0dl5ruJqdnFhVnFBRZ2ZnJdzxuHr5bU8dlLKxKmhxkDqTWWmmoxzZ/ZcyLPabOR0nC2OoQP810yevnz8JIOXN9lLk601Iz9v55mcqoZ6ciLOE4e3R59Ns+aseyXe3dWNHKG9o+OLU9mpx7Na7raRU3Dr81IkqS9hdGTmmve1/11dHLY4d3N1jQsZuXDc+NJb1dfra0l9ysfh6e7x2etLP35tkcHbfvNIN/y8+ybHxBl9DblX/tBuXUllascxdkhQ5ur34kdHkDAvDgueHRH9y7Ur2jYJKUvhON6dlvD18lWBBj8SSdtYWxY7seFO88WqG6QmVeNIXbBkQ/xsbZonwTzc3GaFR/l5e+eUlpCClIzjq6UpK+ImkyJigkdofZwsu0yqUS8OrYzFMRNIKVofg58ZcLSkkJSiWBzb5iWnTJhCCooaMszg3TentJjUoVIc66cnavcZpKyY4JC29vb8ynJShDJxrJwwZfv8ZFLc1LDRFbXmkpqbpAI13uzzcmhY6oLF5BTSlqyIHhpMKlAgjgAfQ/qbqzzcnOStJ9qBZKxc4ydjP7d70uNwcXFJX7Ha6Ct0p+vJBA0YuGNJCoknPY5NCXMmhYaR00mKiH5nygySTXQcI42DNqq8POne1rkLwwKfJcFEx/HJ/GThG+RPQzu0bfMWkWByT7028E4fNYacmnaAko9RbhxbX32DdOBTwZs3QuPQho2QACPpQKhxkHawJJLQOLRFCunGhplJJJLEOLQrSfs1FelG9LBgmXceEuNYPyORdEbmIYuLw9fTK2qwjoaNh2KDR9jzgzaPSVwc8eGRfdx19/Fu7ZBnynubtLg4ksaMJV0SeOCyrlEPNzeBF5B9zHhB3D2prJEjdniowKnXPvy8+8YEhZAksuIQePXYU1KkrN0wWXEkjRG6V2gf0g5fUBzPBw7S/pGOSTsDguKI0N/2xqNEnQRBq5VAXwPpnqiTICgOo9SPRNuTqJOAkUMWbUFLYkiKAyMHphWOQdJF4yiYVrqGaUXj54VppSuYVujBScC00hVPdw8CSfT4h/ElMzU1kRiIQxaT1UJiIA5ZzE2IAxgmK6YVYGDkABbuOYD1p6SHciAOWcwYOaBLVputsk7QszgQhyDHL19q7+ggMRCHIFnFBSQJ4pBCm1Oyhf1xdMQhhTanNLfJejgc4pBC2pxCiEOIu/fuSZtTCHEIkVdeKm1OIcQhxJe5P5M8iMPxCqpuyHxID+JwvM9PZZNIiMPBrtWaDhb8RiIhDgf78NABsQ+uRhyOpN1qZBVdJKkQh8O03WvfmPkdCYY4HOajw5nltSYSDHE4hjabpJ2WuLfxb4jDAcxWy9v7dpN4iMPeOjs7UzJ2WVpbSTzEYW8fHPg2r7yMVIA47GrbsUPp506TIhCH/ew+m7v92CFSB+Kwk7TTJzb/uJ+Ugjh63f379zcf3L9D/ML1UYijd3U8WJvsPFj4OykIcfSim7cb3tqzK7+ynNSEOHrLkaKLa/elN7a2kLIQR8+rv9O85fAPe/PPkuIQR0/S7j33Xji75fCBhjvNpD7E0WNKb1Wv+z7j1+vXyFkgjh5Q1VCfeuKINmaIfU/Xk0EcT6XMVJOWe+Kb82fIGSGO/00bHs5XXj1WVJhVXFBRZybnhTgel6W1Jae05Ghx4fHLl5ReoD4+xPEfVput2nK7xtJY03j74Yvqh6+bGk1NFm0xQnri0m/tMgLoirjHlYMciANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYiANYfwEAAP//04Cl3wAAAAZJREFUAwD57tfCVWM/rQAAAABJRU5ErkJggg==",
  ),
  (character) => character.charCodeAt(0),
);
