import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  addColumn,
  all,
  exists,
  first,
  flag,
  integer,
  json,
  migrate,
  nullable,
  rowOf,
  type Schema,
  text,
} from "../../../../src/objects/kit/sql.ts";
import { channelOf } from "../../../../src/objects/stubs.ts";
import { fresh } from "../../../support/service.ts";

const inObject = (act: (storage: DurableObjectStorage) => void): Promise<void> =>
  runInDurableObject(channelOf(env, fresh("kit")), (_object, { storage }) => act(storage));

const FIRST = "CREATE TABLE IF NOT EXISTS things (id TEXT PRIMARY KEY)";

describe("migrate", () => {
  test("runs each migration once, in order, and only new ones later", async () => {
    await inObject((storage) => {
      const steps: string[] = [];
      const step = (name: string) => () => void steps.push(name);
      const schema: Schema = { name: "things", migrations: [FIRST, step("two")] };
      migrate(storage, schema);
      migrate(storage, schema);
      migrate(storage, { ...schema, migrations: [...schema.migrations, step("three")] });
      expect(steps).toEqual(["two", "three"]);
    });
  });

  test("keeps tables from before versions, and adds missing columns", async () => {
    await inObject((storage) => {
      storage.sql.exec(
        "CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT); INSERT INTO things VALUES ('a', 'A')",
      );
      const migrations = [FIRST, addColumn("things", "name", "TEXT"), addColumn("things", "size", "INTEGER")];
      migrate(storage, { name: "things", migrations });
      expect(storage.sql.exec("SELECT * FROM things").toArray()).toEqual([
        { id: "a", name: "A", size: null },
      ]);
    });
  });

  test("runs all migrations or none", async () => {
    await inObject((storage) => {
      const broken: Schema = { name: "things", migrations: [FIRST, "INSERT INTO nowhere VALUES (1)"] };
      expect(() => migrate(storage, broken)).toThrow("no such table");
      expect(exists(storage.sql, "SELECT 1 FROM sqlite_master WHERE name = 'things'")).toBe(false);
    });
  });
});

describe("a row reader", () => {
  test("reads columns by type", async () => {
    await inObject(({ sql }) => {
      const row = rowOf({
        id: text("id"),
        size: nullable("size", integer),
        on: flag("live"),
        more: json("more"),
      });
      const query = "SELECT 'a' AS id, NULL AS size, 1 AS live, '[1]' AS more";
      expect(all(sql, row, query)).toEqual([{ id: "a", size: null, on: true, more: [1] }]);
    });
  });

  test("names the column that has another type", async () => {
    await inObject(({ sql }) => {
      expect(() => first(sql, integer("size"), "SELECT 'a' AS size")).toThrow("Column size holds string");
      expect(() => first(sql, text("name"), "SELECT 1 AS size")).toThrow("Column name holds nothing");
    });
  });
});
