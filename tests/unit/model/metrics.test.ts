import fc from "fast-check";
import parse from "parse-prometheus-text-format";
import { describe, expect, test } from "vitest";
import {
  addCounts,
  type Counts,
  dataPoints,
  durationCounts,
  exposition,
  METRICS,
  seriesOf,
} from "../../../src/model/metrics.ts";

const sumOf = (...counts: Counts[]): Counts => counts.reduce(addCounts, {});

describe("metrics in the text format of Prometheus", () => {
  test("have a sample for every series, counted or not", () => {
    const families = parse(exposition(sumOf({ [seriesOf("polls", "failed")]: 3 }), []));
    const polls = families.find(({ name }) => name === "communique_polls_total");
    expect(polls).toEqual({
      name: "communique_polls_total",
      help: METRICS.polls.help,
      type: "COUNTER",
      metrics: METRICS.polls.values.map((outcome) => ({
        value: outcome === "failed" ? "3" : "0",
        labels: { outcome },
      })),
    });
    expect(families).toHaveLength(Object.keys(METRICS).length + 2);
  });

  test("have histograms whose buckets add up", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200_000 })), (seconds) => {
        const counts = sumOf(...seconds.map((one) => durationCounts("alert", one)));
        const family = parse(exposition(counts, [])).find(({ name }) => name === "communique_alert_seconds");
        const { buckets = {}, sum, count } = family?.metrics[0] ?? {};
        for (const [bound, value] of Object.entries(buckets)) {
          const upTo = bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound);
          expect(Number(value)).toBe(seconds.filter((one) => one <= upTo).length);
        }
        expect([family?.type, Number(sum), Number(count)]).toEqual([
          "HISTOGRAM",
          seconds.reduce((total, one) => total + one, 0),
          seconds.length,
        ]);
      }),
    );
  });

  test("have gauges whose labels may hold anything", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const gauge = { name: "now", help: "Now.", samples: [{ labels: { text }, value: 1 }] };
        const lines = exposition({}, [gauge]).split("\n");
        expect(lines.filter((line) => line.startsWith("communique_now"))).toHaveLength(1);
      }),
    );
    const quoted = { name: "now", help: "Now.", samples: [{ labels: { quota: 'kv "writes"' }, value: 1 }] };
    const family = parse(exposition({}, [quoted])).find(({ name }) => name === "communique_now");
    expect(family?.metrics).toEqual([{ value: "1", labels: { quota: 'kv "writes"' } }]);
  });
});

describe("counts", () => {
  test("leave out what no metric has", () => {
    expect(addCounts({ "polls:failed": 1, "polls:other": 1 }, { constructor: 2, "polls:failed": 2 })).toEqual(
      {
        "polls:failed": 3,
      },
    );
    expect(addCounts({ "polls:failed": Number.NaN }, {})).toEqual({});
  });

  test("are the most frequent ones as data points, as many as the platform takes", () => {
    const feeds = sumOf(durationCounts("feed", 1), durationCounts("feed", 5));
    const counts = sumOf({ "polls:failed": 1, "kv_operations:read": 9 }, feeds);
    expect(dataPoints(counts, 2)).toEqual([
      { indexes: ["kv_operations"], blobs: ["kv_operations", "read"], doubles: [9] },
      { indexes: ["feed"], blobs: ["feed", "sum"], doubles: [6, 2] },
    ]);
  });
});
