// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { createLabelCache, type LabelRules, toLabels } from "./labels.ts";

const rules: LabelRules = {
  strategy: "UnderscoreEscapingWithSuffixes",
  escaping: "underscores",
};
const utf8: LabelRules = { strategy: "NoTranslation", escaping: "allow-utf-8" };

function text(attributes: Attributes, own: LabelRules = rules): string {
  return toLabels(attributes, own)
    .map((label) => label.join("="))
    .join(" ");
}

test("toLabels() gives names of Prometheus's alphabet", () => {
  expect(text({ "rpc.method": "a", "2nd": "b", "x--y": "c", _z: "d", "": "e" })).toBe(
    "_z=d key_2nd=b rpc_method=a x_y=c",
  );
});

test("toLabels() joins the values of names that become the same, in the order of the keys", () => {
  expect(text({ a_b: "2", other: "x", "a.b": "1", "a-b": "0" })).toBe("a_b=0;1;2 other=x");
});

test("toLabels() writes values that are no strings as JSON, and none that are no values", () => {
  const none = { absent: undefined, nothing: null } as Attributes;
  expect(text({ n: 1.5, yes: true, list: ["a", "b"], ...none })).toBe(
    'list=["a","b"] n=1.5 yes=true',
  );
});

test("toLabels() reads the same in whatever order the keys are", () => {
  expect(text({ b: "2", a: "1" })).toBe(text({ a: "1", b: "2" }));
});

test("toLabels() moves attributes that have a name of the format, and drops others' names", () => {
  const own = { ...rules, reserved: ["le"], dropped: ["otel_scope_name"] };
  expect(text({ le: "1", "otel.scope.name": "mine" }, own)).toBe("exported_le=1");
  expect(text({ __name__: "evil" }, utf8)).toBe("exported___name__=evil");
});

test("toLabels() keeps names when nothing is translated, or escapes them as the scraper likes", () => {
  const attributes = { "rpc.method": "a", "x:y": "b" };
  expect(text(attributes, utf8)).toBe("rpc.method=a x:y=b");
  expect(text(attributes, { ...utf8, escaping: "dots" })).toBe("rpc_dot_method=a x_y=b");
});

test("createLabelCache() renders the labels of an object once", () => {
  let renderings = 0;
  const labelsOf = createLabelCache(rules, (labels) => {
    renderings++;
    return labels.length;
  });
  const attributes = { a: "1", b: "2" };
  expect([labelsOf(attributes), labelsOf(attributes), renderings]).toEqual([2, 2, 1]);
});
