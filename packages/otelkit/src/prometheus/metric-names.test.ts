// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import {
  metricName,
  type NamedMetric,
  type TranslationStrategy,
  unitName,
} from "./metric-names.ts";

const withSuffixes: TranslationStrategy = "UnderscoreEscapingWithSuffixes";

// The names that prometheus/otlptranslator 1.0 gives, which Prometheus has built in.
test.each<[NamedMetric["kind"], string, string, string]>([
  ["histogram", "rpc.server.call.duration", "s", "rpc_server_call_duration_seconds"],
  ["counter", "rpc.server.sent.messages", "{message}", "rpc_server_sent_messages_total"],
  ["gauge", "rpc.server.active_calls", "{call}", "rpc_server_active_calls"],
  ["counter", "sent", "By", "sent_bytes_total"],
  ["counter", "sent_bytes_total", "By", "sent_bytes_total"],
  ["counter", "sent.total", "", "sent_total"],
  ["counter", "total.sent", "", "sent_total"],
  ["counter", "total", "", "total"],
  ["histogram", "duration_seconds", "s", "duration_seconds"],
  ["histogram", "seconds.waited", "s", "seconds_waited"],
  ["histogram", "response_time", "ms", "response_time_milliseconds"],
  ["gauge", "disk.speed", "By/s", "disk_speed_bytes_per_second"],
  ["gauge", "disk.speed.per_second", "By/s", "disk_speed_per_second_bytes_per_second"],
  ["gauge", "visits", "{visit}/d", "visits_per_day"],
  ["gauge", "full", "1", "full_ratio"],
  ["gauge", "full_ratio", "1", "full_ratio"],
  ["counter", "calls", "1", "calls_total"],
  ["gauge", "cpu", "%", "cpu_percent"],
  ["gauge", "odd", "my unit", "odd_my_unit"],
  ["gauge", "", "", ""],
  ["gauge", "...", "", ""],
  ["gauge", "a..b__c-", "", "a_b_c"],
  ["gauge", "2xx", "", "_2xx"],
  ["gauge", "job:rate", "", "job:rate"],
  ["gauge", "größe", "m", "gr_e_meters"],
])("metricName() of the %s '%s' in '%s' is '%s'", (kind, name, unit, expected) => {
  expect(metricName({ kind, name, unit }, withSuffixes)).toBe(expected);
});

test.each<[TranslationStrategy, string, string]>([
  ["UnderscoreEscapingWithSuffixes", "app_my_calls_total", "app_my_time_seconds"],
  ["UnderscoreEscapingWithoutSuffixes", "app_my_calls", "app_my_time"],
  ["NoUTF8EscapingWithSuffixes", "app_my.calls_total", "app_my.time_seconds"],
  ["NoTranslation", "app_my.calls", "app_my.time"],
])("metricName() by %s", (strategy, counter, histogram) => {
  expect([
    metricName({ kind: "counter", name: "my.calls", unit: "{call}" }, strategy, "app"),
    metricName({ kind: "histogram", name: "my.time", unit: "s" }, strategy, "app"),
  ]).toEqual([counter, histogram]);
});

test("metricName() keeps the underscores of names that get no suffixes", () => {
  const metric: NamedMetric = { kind: "gauge", name: "_a..b__c_", unit: "s" };
  expect(metricName(metric, "UnderscoreEscapingWithoutSuffixes")).toBe("_a_b__c_");
});

test.each([
  ["sent.bytes", "By", "sent.bytes_total"],
  ["sent.total", "By", "sent_bytes_total"],
  ["speed.bytes.per_second", "By/s", "speed.bytes.per_second_total"],
])("metricName() gives the counter '%s' in '%s' no suffix twice: '%s'", (name, unit, expected) => {
  expect(metricName({ kind: "counter", name, unit }, "NoUTF8EscapingWithSuffixes")).toBe(expected);
});

test.each([
  ["s", "seconds"],
  ["By/s", "bytes_per_second"],
  ["{call}/s", "per_second"],
  ["{call}", ""],
  ["1", ""],
  ["", ""],
])("unitName() of '%s' is '%s'", (unit, expected) => {
  expect(unitName(unit)).toBe(expected);
});
