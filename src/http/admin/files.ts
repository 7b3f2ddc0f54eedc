import { base32, sha256 } from "../../model/digest.ts";
import { SCRIPT } from "./script.ts";
import { CONSOLE_STYLE } from "./style.ts";

/** The console's own files. Their addresses change with their content, so browsers may keep them. */
const FILES = { "console.css": CONSOLE_STYLE, "console.js": SCRIPT } as const;
export type FileName = keyof typeof FILES;

const TYPES: Readonly<Record<FileName, string>> = {
  "console.css": "text/css; charset=utf-8",
  "console.js": "text/javascript; charset=utf-8",
};

const addressOf = async (name: FileName): Promise<string> =>
  `/admin/${name}?of=${base32(await sha256(FILES[name]), 10)}`;

export const STYLE_PATH = await addressOf("console.css");
export const SCRIPT_PATH = await addressOf("console.js");
/** The editor is a static asset: only the screen that writes loads it. */
export const EDITOR_PATH = "/admin/editor.js";

/** One of the console's files; null if it has none of this name. */
export function fileNamed(name: string): { body: string; type: string } | null {
  if (!Object.hasOwn(FILES, name)) return null;
  const file = name as FileName;
  return { body: FILES[file], type: TYPES[file] };
}
