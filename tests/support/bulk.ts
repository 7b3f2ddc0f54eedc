import { ADMIN_TOKEN, send } from "./service.ts";

/** What the API says of a line. */
export interface LineResult {
  line: number;
  status: number;
  type?: string;
  id?: string;
  outcome?: string;
  secret?: string;
  paused?: boolean;
  problem?: { type: string; detail: string; errors?: { path: string; message: string }[] };
}

type Exported = Record<string, unknown> & { type: string };

/** Imports lines, given as values or as they are. */
export async function importLines(
  lines: readonly unknown[],
  { query = "", token = ADMIN_TOKEN }: { query?: string; token?: string } = {},
): Promise<LineResult[]> {
  const body = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
  const response = await send("POST", `/api/v1/import${query}`, { headers, body });
  const text = await textOf(response);
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return ndjson(text) as LineResult[];
}

/** Everything that an export has, over all its pages, without the lines that say where it goes on. */
export async function exportAll(): Promise<Exported[]> {
  const lines: Exported[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Exported[] = await exportPage(cursor);
    const last: Exported | undefined = page.pop();
    if (last?.type !== "cursor") throw new Error("a page without its last line");
    lines.push(...page);
    cursor = last.cursor as string | null;
  }
  return lines;
}

/** One page of an export, with its last line. */
async function exportPage(cursor: string): Promise<Exported[]> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const query = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  const response = await send("GET", `/api/v1/export${query}`, { headers });
  return ndjson(await textOf(response)) as Exported[];
}

/** `text()` warns of a media type that is neither text nor JSON. */
const textOf = async (response: Response): Promise<string> =>
  new TextDecoder().decode(await response.arrayBuffer());

const ndjson = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
