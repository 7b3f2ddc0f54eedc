import { expect, test } from "vitest";
import { explain, type Facts } from "../../../src/delivery/explain.ts";
import { HEALTHY, shownHealth } from "../../../src/delivery/health.ts";

const CREATED = "2026-10-01T00:00:00Z";
const LATER_MS = Date.parse("2026-10-02T00:00:00Z");

/** An article that was announced after the webhook was made, and of which nothing else is known. */
const facts = (
  more: Partial<Facts> = {},
  events: Facts["webhook"]["events"] = ["article.published"],
): Facts => ({
  webhook: {
    id: "end_1",
    organization: "acme",
    url: "https://hooks.example.com/",
    events,
    format: "standard",
    description: "",
    created_at: CREATED,
  },
  health: shownHealth(HEALTHY),
  announced: { revision: 1, live: true, changedMs: LATER_MS },
  fits: true,
  waiting: false,
  delivery: null,
  ...more,
});

test("what the webhook should have had, and of which no log is left, is not known", () => {
  expect(explain(facts())).toEqual({
    outcome: "not-known",
    detail:
      "It was announced at 2026-10-02T00:00:00Z; deliveries are kept 30 days, and the webhook may have been changed since.",
    rule: null,
    until: null,
    delivery: null,
  });
});

test.each([
  [{ revision: 1, live: true }, "article.published"],
  [{ revision: 2, live: true }, "article.updated"],
  [{ revision: 2, live: false }, "article.withdrawn"],
])("the type of the last announcement is told: %j is %s", (last, type) => {
  const announced = { ...last, changedMs: LATER_MS };
  expect(explain(facts({ announced }, ["endpoint.failing"]))).toMatchObject({
    outcome: "filtered",
    rule: "events",
    detail: `The last that happened was ${type}, which the webhook does not ask for.`,
  });
});

test("what is older than the webhook was not meant for it, whatever it asks for", () => {
  const announced = { revision: 1, live: true, changedMs: Date.parse(CREATED) - 1 };
  expect(explain(facts({ announced, fits: false }))).toMatchObject({
    outcome: "older-than-webhook",
    rule: null,
  });
});

test("what was superseded is not said to have failed", () => {
  const delivery = {
    id: "dlv_1",
    event_id: "evt_1",
    event_type: "article.published",
    article_id: "a",
    status: "superseded",
    attempt_count: 2,
    created_at: CREATED,
    next_attempt_at: null,
    settled_at: CREATED,
    attempts: [],
  } as const;
  expect(explain(facts({ delivery: { ...delivery, attempts: [] } }))).toMatchObject({
    outcome: "superseded",
    detail: "A newer event of the article took its place before it was delivered.",
  });
});
