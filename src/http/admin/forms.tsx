import type { Child } from "hono/jsx";
import { randomId } from "../../model/digest.ts";
import type { FieldError } from "../../model/result.ts";
import type { Problem } from "../problem.ts";
import { useConsole } from "./visit.ts";

/** A form that changes something: it carries the value of the session. */
export function Form({
  action,
  children,
  ...rest
}: {
  action: string;
  children: Child;
  class?: string;
  id?: string;
  multipart?: boolean;
  "data-autosave"?: string;
}) {
  const { csrf } = useConsole();
  const { multipart, ...attributes } = rest;
  return (
    <form
      method="post"
      action={action}
      {...(multipart ? { enctype: "multipart/form-data" } : {})}
      {...attributes}
    >
      <input type="hidden" name="_csrf" value={csrf} />
      {children}
    </form>
  );
}

/** A form that must not be sent twice: its answer shows a secret, and reloading sends it again. */
export function SentOnce() {
  return <input type="hidden" name="_once" value={randomId("")} />;
}

interface FieldProps {
  name: string;
  label: string;
  value?: string | undefined;
  hint?: string | undefined;
  /** What is wrong with it. */
  error?: string | undefined;
  type?: "text" | "url" | "datetime-local" | "password" | "number" | "date";
  rows?: number;
  required?: boolean;
  dir?: "auto" | "ltr";
  autocomplete?: "off" | "current-password";
  list?: string;
  "data-editor"?: string;
}

/** A labelled field of one line, or of several with `rows`. */
export function Field({
  name,
  label,
  value,
  hint,
  error,
  type = "text",
  rows,
  required,
  dir,
  ...rest
}: FieldProps) {
  const described = [hint ? `${name}-hint` : "", error ? `${name}-error` : ""].filter(Boolean).join(" ");
  const shared = {
    id: name,
    name,
    dir: dir ?? "auto",
    ...(required ? { required: true } : {}),
    ...(described ? { "aria-describedby": described } : {}),
    ...(error ? { "aria-invalid": "true" as const, autofocus: true } : {}),
    ...rest,
  };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {rows ? (
        <textarea rows={rows} {...shared}>
          {value ? `\n${value}` : ""}
        </textarea>
      ) : (
        <input type={type} value={value ?? ""} {...shared} />
      )}
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  );
}

/** A box that is checked or not. */
export function Check({
  name,
  value = "on",
  label,
  checked,
}: {
  name: string;
  value?: string;
  label: Child;
  checked?: boolean;
}) {
  return (
    <label class="check">
      <input type="checkbox" name={name} value={value} checked={checked} /> <span>{label}</span>
    </label>
  );
}

/** One of several. */
export function Choice({
  name,
  value,
  label,
  checked,
  children,
}: {
  name: string;
  value: string;
  label: Child;
  checked?: boolean;
  children?: Child;
}) {
  return (
    <div class="choice">
      <label class="check">
        <input type="radio" name={name} value={value} checked={checked} /> <span>{label}</span>
      </label>
      {children}
    </div>
  );
}

/** A form that is one button. */
export function Press({
  action,
  label,
  fields = {},
  kind = "quiet",
  isOnce = false,
}: {
  action: string;
  label: string;
  fields?: Record<string, string>;
  kind?: "quiet" | "danger" | "main";
  /** Whether its answer shows a secret. */
  isOnce?: boolean;
}) {
  return (
    <Form action={action} class="press">
      {isOnce ? <SentOnce /> : null}
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={kind}>
        {label}
      </button>
    </Form>
  );
}

/** What was refused, with every field that is wrong. Read out at once (WCAG 4.1.3). */
export function Refused({ problem }: { problem: Problem | null | undefined }) {
  const { words } = useConsole();
  if (!problem) return null;
  const errors = problem.errors ?? [];
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{errors.length > 0 ? words.correct : problem.title}</strong>
      </p>
      {errors.length > 0 ? (
        <ul>
          {errors.map(({ path, message }) => (
            <li>
              <bdi>{path ? `${path} ${message}` : message}</bdi>
            </li>
          ))}
        </ul>
      ) : (
        <p>
          <bdi>{problem.detail}</bdi>
        </p>
      )}
    </div>
  );
}

/** What is wrong with a field, or with a part of it. */
export function errorAt(problem: Problem | null | undefined, field: string): string | undefined {
  const found = (problem?.errors ?? []).filter(
    ({ path }: FieldError) => path === field || path.startsWith(`${field}.`),
  );
  return found.length > 0 ? found.map(({ message }) => message).join("; ") : undefined;
}

/** An icon with a word: a state is never told by its colour alone. */
export function State({ of }: { of: string }) {
  const { words } = useConsole();
  const { states } = words;
  const name = of.replace(" ", "-");
  const word = name in states ? states[name as keyof typeof states] : of;
  return (
    <span class={`state ${name}`}>
      <span aria-hidden="true">{ICONS[name] ?? "○"}</span> {word}
    </span>
  );
}

const ICONS: Readonly<Record<string, string>> = {
  published: "●",
  scheduled: "◔",
  draft: "✎",
  withdrawn: "⊘",
  active: "●",
  ok: "●",
  failing: "▲",
  paused: "❚❚",
  disabled: "■",
  waiting: "◔",
  delivered: "✓",
  sent: "✓",
  told: "✓",
  done: "✓",
  failed: "✕",
  "given-up": "✕",
  filtered: "–",
};

/** Says what a list is for while it is empty, and what the first step is. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}

/** A table that becomes cards on a narrow screen: each cell has its column's name. */
export function Table({
  columns,
  rows,
  label,
}: {
  columns: readonly string[];
  rows: readonly Child[][];
  label: string;
}) {
  return (
    <table class="rows" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, index) => (
              <td data-label={columns[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The next page of a list, and the way back to the first. */
export function Pages({
  at,
  cursor,
  isFirst,
}: {
  at: (cursor?: string) => string;
  cursor: string | null;
  isFirst: boolean;
}) {
  const { words } = useConsole();
  if (!cursor && isFirst) return null;
  return (
    <p class="pages">
      {isFirst ? null : <a href={at()}>{words.first}</a>}
      {cursor ? (
        <a href={at(cursor)} rel="next">
          {words.next}
        </a>
      ) : null}
    </p>
  );
}

/** A value that is shown once, with a button that copies it. */
export function Once({ label, value }: { label: string; value: string }) {
  const { words } = useConsole();
  return (
    <div class="once">
      <p>
        <strong>{label}</strong>
      </p>
      <p class="address">
        <code>{value}</code>
        <button type="button" hidden data-copy={value} data-copied={words.copied}>
          {words.copy}
        </button>
      </p>
      <p class="hint">{words.shownOnce}</p>
    </div>
  );
}
