// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type PathTemplate, parsePathTemplate } from "./path-template.ts";

test.each<[string, PathTemplate]>([
  ["/", { segments: [{ literal: "" }], variables: [], verb: "" }],
  ["/v1/*:get", { segments: [{ literal: "v1" }, "*"], variables: [], verb: "get" }],
  [
    "/v1/{book.id}",
    {
      segments: [{ literal: "v1" }, "*"],
      variables: [{ fieldPath: ["book", "id"], start: 1, end: 2 }],
      verb: "",
    },
  ],
  [
    "/{name=shelves/*/books/*}/x/{rest=**}:a:b",
    {
      segments: [{ literal: "shelves" }, "*", { literal: "books" }, "*", { literal: "x" }, "**"],
      variables: [
        { fieldPath: ["name"], start: 0, end: 4 },
        { fieldPath: ["rest"], start: 5, end: 6 },
      ],
      verb: "a:b",
    },
  ],
  ["/caf%C3%A9", { segments: [{ literal: "café" }], variables: [], verb: "" }],
])("parsePathTemplate() reads '%s'", (template, expected) => {
  expect(parsePathTemplate(template)).toEqual(expected);
});

test.each([
  ["", "at character 1 '/' is expected, but it ends"],
  ["v1", "at character 1 '/' is expected, but found 'v1'"],
  ["/v1/", "at character 5 a segment is expected, but it ends"],
  ["/v1//x", "at character 5 a segment is expected, but found '/x'"],
  ["/{a", "at character 4 '}' is expected, but it ends"],
  ["/{}", "at character 3 a field name is expected, but found '}'"],
  ["/{a={b}}", "at character 5 a segment is expected, but found '{b}}'"],
  ["/{a}/{a}", "'a' may be there only once"],
  ["/**/x/**", "'**' may be there only once"],
  ["/a*", "at character 3 the end or '/' is expected, but found '*'"],
  ["/a:", "at character 4 a verb is expected, but it ends"],
  ["/%zz", "'%zz' has a malformed escape"],
])("parsePathTemplate() throws a SyntaxError on '%s'", (template, message) => {
  expect(() => parsePathTemplate(template)).toThrow(new SyntaxError(message));
});
