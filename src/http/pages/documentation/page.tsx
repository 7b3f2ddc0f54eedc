import type { DescribedOperation, OpenApi } from "../../api/openapi.ts";
import { ENGLISH } from "../language.ts";
import { document } from "../layout.tsx";
import { Operation } from "./operation.tsx";
import { SCRIPT } from "./script.ts";
import { nameIn, Prose, SchemaLink, Shape } from "./shapes.tsx";
import { DOCUMENTATION_STYLE } from "./style.ts";

/** What the page is made of: the document, and where the service is. */
export interface DocumentationView {
  api: OpenApi;
  publicUrl: string;
}

/** `/api/docs`: the API to read and to try, out of its OpenAPI document. */
export function documentationPage({ api, publicUrl }: DocumentationView): string {
  const base = `${publicUrl}${api.servers[0]?.url ?? ""}`;
  return document({
    title: "The API · Communiqué",
    language: ENGLISH.lang,
    description: "Publish articles, register webhooks, read the logs: every operation, to read and to try.",
    wide: true,
    style: DOCUMENTATION_STYLE,
    script: SCRIPT,
    children: (
      <div class="documentation">
        <Introduction api={api} base={base} />
        {api.tags.map(({ name, description }) => (
          <section aria-labelledby={name}>
            <h2 id={name}>{name}</h2>
            <p class="muted">{description}</p>
            {operationsIn(api, name).map((one) => (
              <Operation {...one} base={base} />
            ))}
          </section>
        ))}
        <Alerts api={api} />
        <Schemas api={api} />
      </div>
    ),
  });
}

function operationsIn(api: OpenApi, tag: string) {
  return Object.entries(api.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    .filter(({ operation }) => operation.tags.includes(tag));
}

function Introduction({ api, base }: { api: OpenApi; base: string }) {
  return (
    <>
      <div class="intro">
        <h1>The API</h1>
        <p class="lead">
          Everything is under <code>{base}</code>, and asks for <code>Authorization: Bearer …</code>
        </p>
        <p>
          <Prose text={api.info.description} />
        </p>
        <p>
          For programs: <a href={`${base}/openapi.json`}>openapi.json</a> (OpenAPI 3.1).
        </p>
      </div>
      <div class="token" hidden>
        <label>
          Your token, for trying things out. It stays in this page and is kept nowhere.
          <input id="token" type="password" autocomplete="off" spellcheck={false} placeholder="tok_…" />
        </label>
      </div>
      <nav aria-label="Groups">
        <ul class="groups">
          {[...api.tags.map(({ name }) => name), "Alerts", "Schemas"].map((name) => (
            <li>
              <a href={`#${name}`}>{name}</a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}

/** What receivers are sent. */
function Alerts({ api }: { api: OpenApi }) {
  const alerts = Object.values(api.webhooks).flatMap(({ post }) => (post ? [post] : []));
  return (
    <section aria-labelledby="Alerts">
      <h2 id="Alerts">Alerts</h2>
      {alerts.map(({ summary, description = "", requestBody, responses }: DescribedOperation) => (
        <>
          <p class="muted">{summary}</p>
          <p>
            <Prose text={description} />
          </p>
          <h4>Body</h4>
          {Object.values(requestBody?.content ?? {}).map(({ schema }) => (
            <SchemaLink name={nameIn(schema.$ref)} />
          ))}
          <h4>Your answer</h4>
          {Object.entries(responses).map(([status, answer]) => (
            <p>
              <code>{status}</code> {answer.description}
            </p>
          ))}
        </>
      ))}
    </section>
  );
}

function Schemas({ api }: { api: OpenApi }) {
  return (
    <section aria-labelledby="Schemas">
      <h2 id="Schemas">Schemas</h2>
      <p class="muted">What is sent, then what is answered.</p>
      {Object.entries(api.components.schemas).map(([name, schema]) => (
        <details class="operation">
          <summary>
            <span class="method">{"{ }"}</span>
            <code>{name}</code>
            <span />
          </summary>
          <div class="inside" id={`schema-${name}`}>
            <Shape schema={schema} />
          </div>
        </details>
      ))}
    </section>
  );
}
