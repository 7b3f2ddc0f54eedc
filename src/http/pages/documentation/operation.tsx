import type { DescribedOperation, DescribedParameter } from "../../api/openapi.ts";
import { bodyText, curlLine, exampleAddress } from "./curl.ts";
import { nameIn, Prose, SchemaLink } from "./shapes.tsx";

/** An operation, where it is and where the API begins. */
export interface OperationView {
  method: string;
  path: string;
  operation: DescribedOperation;
  /** The address of the API, without a slash at the end. */
  base: string;
}

/** One operation: closed, a line of a list; open, all that there is to know, and a form to try it. */
export function Operation({ method, path, operation, base }: OperationView) {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  return (
    <details class="operation">
      <summary>
        <span class={method === "get" ? "method" : "method changes"}>{method.toUpperCase()}</span>
        <code>{path}</code>
        <span>{summary}</span>
      </summary>
      <div class="inside" id={operationId}>
        {description ? (
          <p>
            <Prose text={description} />
          </p>
        ) : null}
        <Needs operation={operation} />
        {parameters.length > 0 ? <Parameters parameters={parameters} /> : null}
        {requestBody ? (
          <>
            <h4>Body</h4>
            <p>
              {Object.entries(requestBody.content).map(([type, { schema }], index) => (
                <>
                  {index > 0 ? ", or " : null}
                  <SchemaLink name={nameIn(schema.$ref)} /> as <code>{type}</code>
                </>
              ))}
              {requestBody.required ? null : " (may be left out)"}
            </p>
          </>
        ) : null}
        <h4>For example</h4>
        <pre tabindex={0}>{curlLine(method, `${base}${exampleAddress(path, operation)}`, operation)}</pre>
        <Answers responses={operation.responses} />
        <Try method={method} path={path} operation={operation} base={base} />
      </div>
    </details>
  );
}

function Needs({ operation }: { operation: DescribedOperation }) {
  const need = operation.security?.[0]?.token?.[0];
  const audit = operation["x-audit"];
  return (
    <p class="muted">
      {need === undefined ? "No token is needed." : null}
      {need === "operator" ? "For the operator." : null}
      {need !== undefined && need !== "operator" ? (
        <>
          Needs the scope <code>{need}</code>.
        </>
      ) : null}
      {audit ? (
        <>
          {" "}
          In the audit log: <code>{audit}</code>.
        </>
      ) : null}
    </p>
  );
}

function Parameters({ parameters }: { parameters: DescribedParameter[] }) {
  return (
    <>
      <h4>Parameters</h4>
      <table class="fields">
        <tbody>
          {parameters.map(({ name, in: where, required, description, schema }) => (
            <tr>
              <th scope="row">
                <code>{name}</code> {required ? <span class="must">required</span> : null}
              </th>
              <td>
                <Prose text={description} /> <span class="muted">In the {where}.</span>
                {schema.enum ? (
                  <p class="muted">
                    {schema.enum.map((value, index) => [index > 0 ? ", " : "", <code>{value}</code>])}
                  </p>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Answers({ responses }: Pick<DescribedOperation, "responses">) {
  return (
    <>
      <h4>Answers</h4>
      <ul class="answers">
        {Object.entries(responses).map(([status, { description, content = {} }]) => {
          const [[type, answer] = []] = Object.entries(content);
          return (
            <li>
              <code>{status}</code>
              <span>
                {answer && status < "300" ? (
                  <SchemaLink name={nameIn(answer.schema.$ref)} />
                ) : (
                  <Prose text={description} />
                )}
                {answer && status < "300" && type !== "application/json" ? ` as ${type}` : null}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Shown by the script, without which it could do nothing. */
function Try({ method, path, operation, base }: OperationView) {
  const contents = Object.entries(operation.requestBody?.content ?? {});
  return (
    <form class="try" hidden data-method={method.toUpperCase()} data-path={new URL(base).pathname + path}>
      {(operation.parameters ?? []).map((parameter) => (
        <Input {...parameter} id={`${operation.operationId}.${parameter.name}`} />
      ))}
      {contents.length > 0 ? (
        <>
          <label>
            Content-Type
            <select name="type">
              {contents.map(([type, { example }]) => (
                <option value={type} data-example={bodyText(example)}>
                  {type}
                </option>
              ))}
            </select>
          </label>
          <label>
            Body
            <textarea name="body" spellcheck={false}>
              {bodyText(contents[0]?.[1].example)}
            </textarea>
          </label>
        </>
      ) : null}
      <button type="submit">Send</button>
      <pre class="answer" aria-live="polite" tabindex={0}></pre>
    </form>
  );
}

/** What one parameter is to be; `id` binds its label to it. */
function Input({ id, name, in: where, required, schema, example = "" }: DescribedParameter & { id: string }) {
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {schema.enum ? (
        <select id={id} name={name} data-in={where}>
          <option value="">not given</option>
          {schema.enum.map((value) => (
            <option>{value}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={name}
          data-in={where}
          placeholder={example}
          required={required}
          autocomplete="off"
          spellcheck={false}
        />
      )}
    </div>
  );
}
