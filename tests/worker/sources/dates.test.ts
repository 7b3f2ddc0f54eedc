import { expect, test } from "vitest";
import { feedDate } from "../../../src/intake/upstream/date.ts";
import { rfc3339 } from "../../../src/model/time.ts";
import { WRITTEN_DATES } from "../../support/dates.ts";

// The platform's `Intl` has not all that Node's has: what reads dates must not lean on it.
test.each(WRITTEN_DATES)("where the service runs, %s is %s, or none", (text, expected) => {
  const date = feedDate(text);
  const said = date && rfc3339(date.ms);
  expect(date?.precision === "day" ? said?.slice(0, 10) : said).toBe(expected);
});
