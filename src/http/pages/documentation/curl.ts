import type { DescribedOperation } from "../../api/openapi.ts";

/** Where an operation is, with the examples of the document in its address. */
export function exampleAddress(path: string, { parameters = [] }: DescribedOperation): string {
  const filled = parameters
    .filter((one) => one.in === "path")
    .reduce((address, { name, example = "" }) => address.replace(`{${name}}`, example), path);
  const query = parameters.filter((one) => one.required && one.in === "query");
  const said = new URLSearchParams(query.map(({ name, example = "" }) => [name, example]));
  return query.length > 0 ? `${filled}?${said}` : filled;
}

/** A body's example as it is sent. */
export const bodyText = (example: unknown): string =>
  typeof example === "string" ? example : JSON.stringify(example, null, 2);

/** The line by which a shell makes an operation's example. */
export function curlLine(method: string, address: string, operation: DescribedOperation): string {
  const [body] = Object.entries(operation.requestBody?.content ?? {});
  const parts = [
    method === "get" ? "curl" : `curl -X ${method.toUpperCase()}`,
    quoted(address),
    ...(operation.security?.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body ? [`-H 'Content-Type: ${body[0]}'`, `--data-binary ${quoted(bodyText(body[1].example))}`] : []),
  ];
  return [parts.slice(0, 2).join(" "), ...parts.slice(2)].join(" \\\n  ");
}

/** POSIX shells take everything between single quotes as it is, but for a single quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
