import type { JsonSchema } from "@valibot/to-json-schema";
import type { Child } from "hono/jsx";

/** Text in which `…` is code. */
export function Prose({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>;
}

/** The name of the schema that a reference leads to. */
export const nameIn = (reference: string): string => reference.split("/").at(-1) ?? "";

/** A link to a schema. */
export const SchemaLink = ({ name }: { name: string }) => (
  <a href={`#schema-${name}`}>
    <code>{name}</code>
  </a>
);

/** A schema: what it is, and its fields with those inside them. */
export function Shape({ schema }: { schema: JsonSchema }) {
  const fields = fieldsOf(schema, "");
  return (
    <>
      <p class="muted">{kindOf(schema)}</p>
      {fields.length > 0 ? (
        <table class="fields">
          <tbody>
            {fields.map((field) => (
              <Row {...field} />
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}

interface Field {
  name: string;
  schema: JsonSchema;
  required: boolean;
}

function Row({ name, schema, required }: Field) {
  const { description, default: otherwise } = schema;
  return (
    <tr>
      <th scope="row">
        <code>{name}</code> {required ? <span class="must">required</span> : null}
      </th>
      <td>
        {kindOf(schema)}
        {otherwise === undefined ? null : (
          <>
            ; <code>{JSON.stringify(otherwise)}</code> if not given
          </>
        )}
        {description ? (
          <p class="muted">
            <Prose text={description} />
          </p>
        ) : null}
      </td>
    </tr>
  );
}

/** The fields of a schema, each followed by those inside it: `authors[].name`. */
function fieldsOf(schema: JsonSchema, before: string): Field[] {
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => fieldsOf(asSchema(one), before));
    const all = new Map(each.flat().map((field) => [field.name, field]));
    // What every one of them demands is required; `{"last":…}` or `{"since":…}` demands neither.
    const demanded = (name: string) =>
      each.every((fields) => fields.some((one) => one.name === name && one.required));
    return [...all.values()].map((field) => ({ ...field, required: demanded(field.name) }));
  }
  const inner = schema.items;
  if (inner) return fieldsOf(asSchema(inner as JsonSchema), `${before}[]`);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = before === "" ? key : `${before}.${key}`;
    const required = schema.required?.includes(key) ?? false;
    return [{ name, schema: asSchema(value), required }, ...fieldsOf(asSchema(value), name)];
  });
}

const asSchema = (schema: JsonSchema | boolean): JsonSchema => (typeof schema === "boolean" ? {} : schema);

/** What a value is, in words. */
function kindOf(schema: JsonSchema): Child {
  if (schema.$ref) return <SchemaLink name={nameIn(schema.$ref)} />;
  if (schema.anyOf) {
    const kinds = schema.anyOf.map((one) => kindOf(asSchema(one)));
    return listed(kinds.filter((kind, index) => kinds.indexOf(kind) === index));
  }
  if (schema.enum) return listed(schema.enum.map((value) => <code>{String(value)}</code>));
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  switch (schema.type) {
    case "array":
      return (
        <>
          list{schema.maxItems ? ` of at most ${number(schema.maxItems)}` : ""}:{" "}
          {kindOf(asSchema(schema.items as JsonSchema))}
        </>
      );
    case "string":
      return textual(schema);
    case "integer":
    case "number":
      return numeric(schema);
    case "boolean":
      return "true or false";
    case "object":
      return "object";
    case "null":
      return "null";
    default:
      return "anything";
  }
}

const listed = (kinds: Child[]): Child => (
  <>{kinds.map((kind, index) => (index > 0 ? [" or ", kind] : kind))}</>
);

function textual({ format, maxLength }: JsonSchema): string {
  if (format === "date-time") return "time (RFC 3339)";
  return maxLength ? `text of at most ${number(maxLength)} characters` : "text";
}

function numeric({ type, minimum, maximum }: JsonSchema): string {
  const kind = type === "integer" ? "whole number" : "number";
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return kind;
  return `${kind} from ${number(minimum ?? 0)} to ${number(maximum)}`;
}

const NUMBERS = new Intl.NumberFormat("en"); // one for all: to make it takes longer than to use it

const number = (value: number): string => NUMBERS.format(value);
