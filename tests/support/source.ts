import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseAst } from "vitest/node";

const SOURCE = join(import.meta.dirname, "../../src");

/** One file under `src/`, with what the architecture test asks of it. Paths are relative to `src/`. */
export interface SourceFile {
  path: string;
  imports: Import[];
  /** The fixed texts in it: string literals and the fixed parts of templates. */
  texts: string[];
}

/** An import or re-export of another file of `src/`. */
export interface Import {
  path: string;
  /** Nothing of it is left when the program runs. */
  typeOnly: boolean;
}

interface Node {
  type: string;
  [field: string]: unknown;
}

/** Every file under `src/` that is a program. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(SOURCE, path), "utf8")));
}

/** What is to know of a program, parsed by the parser that also builds the tests. */
export function sourceFile(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }) as unknown as Node;
  const nodes = [...walk(program)];
  return {
    path,
    imports: nodes.flatMap((node) => importIn(node, path)),
    texts: nodes.flatMap(textIn),
  };
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function importIn(node: Node, path: string): Import[] {
  const { source } = node;
  if (!isNode(source) || typeof source.value !== "string" || !source.value.startsWith(".")) return [];
  const specifiers = (Array.isArray(node.specifiers) ? node.specifiers : []) as Node[];
  const kinds = [node, ...specifiers].map((one) => one.importKind ?? one.exportKind);
  const [whole, ...parts] = kinds;
  return [
    {
      path: relative(SOURCE, join(SOURCE, dirname(path), source.value)).replaceAll("\\", "/"),
      typeOnly: whole === "type" || (parts.length > 0 && parts.every((kind) => kind === "type")),
    },
  ];
}

function textIn(node: Node): string[] {
  if (node.type === "Literal" && typeof node.value === "string") return [node.value];
  if (node.type === "TemplateElement") return [String((node.value as { cooked: string }).cooked)];
  return [];
}
