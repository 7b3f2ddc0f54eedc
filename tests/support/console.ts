import { api, json, SITE, send } from "./service.ts";

/** What a page of the console says. */
export interface Page {
  status: number;
  /** Where it leads, if it leads somewhere. */
  to: string | null;
  html: string;
  headers: Headers;
}

/** A browser without script: it keeps the cookie, and sends the forms of the pages that it is shown. */
export class Visitor {
  cookie = "";
  csrf = "";

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#taken(await send("GET", path, { headers: { ...this.#headers(), ...headers } }));
  }

  /** Sends a form as the browser of this site does. A field with several values is a list. */
  async submit(
    path: string,
    fields: Record<string, string | readonly string[]> = {},
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams();
    for (const [name, values] of Object.entries({ _csrf: this.csrf, ...fields }))
      for (const value of [values].flat()) body.append(name, value);
    const sent = {
      ...this.#headers(),
      origin: "null",
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    };
    return this.#taken(await send("POST", path, { headers: sent, body: body.toString() }));
  }

  #headers(): Record<string, string> {
    return { ...(this.cookie ? { cookie: this.cookie } : {}), accept: "text/html" };
  }

  async #taken(response: Response): Promise<Page> {
    for (const set of response.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      if (pair.startsWith("__Host-communique=")) this.cookie = pair;
    }
    const html = await response.text();
    const [, csrf] = /name="_csrf" value="([^"]+)"/.exec(html) ?? [];
    if (csrf) this.csrf = csrf;
    return { status: response.status, to: response.headers.get("location"), html, headers: response.headers };
  }
}

/** A field's value in a form of a page, by its name. */
export function fieldIn(html: string, name: string): string {
  const [input = ""] = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html) ?? [];
  return /value="([^"]*)"/.exec(input)?.[1] ?? "";
}

/** Somebody who is signed in with a token; the operator without one. */
export async function signedIn(token: string): Promise<Visitor> {
  const visitor = new Visitor();
  await visitor.submit("/admin/sign-in", { token });
  await visitor.get("/admin");
  return visitor;
}

/** A token for organizations, with its sign-in link as a path of this site. */
export async function newLink(
  ...organizations: string[]
): Promise<{ id: string; token: string; link: string }> {
  const made = await json<{ id: string; token: string; sign_in_url: string }>(
    api("POST", "/tokens", { organizations, description: "Press office" }),
    201,
  );
  return { ...made, link: made.sign_in_url.slice(SITE.length) };
}
