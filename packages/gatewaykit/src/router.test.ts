// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { parsePathTemplate } from "./path-template.ts";
import { createRouter } from "./router.ts";

/** A router whose targets are their own routes. */
function routerOf(...routes: string[]) {
  const router = createRouter<string>();
  for (const route of routes) {
    const [method = "", path = ""] = route.split(" ");
    expect(router.add(method, parsePathTemplate(path), route)).toBe(undefined);
  }
  return router;
}

test("match() prefers a literal to *, and * to **, whatever was added first", () => {
  const router = routerOf("GET /a/**", "GET /a/*", "GET /a/b", "GET /a/*/c");
  const found = ["/a/b", "/a/x", "/a/b/c", "/a/b/d", "/a", "/a/"].map(
    (path) => router.match("GET", path)?.target,
  );
  expect(found).toEqual([
    "GET /a/b",
    "GET /a/*",
    "GET /a/*/c",
    "GET /a/**",
    "GET /a/**",
    "GET /a/*",
  ]);
});

test("match() goes on to a less specific route for the method", () => {
  const router = routerOf("GET /a/b", "POST /a/*", "* /a/**");
  const found = ["GET", "POST", "PUT"].map((method) => router.match(method, "/a/b")?.target);
  expect(found).toEqual(["GET /a/b", "POST /a/*", "* /a/**"]);
});

test("match() prefers a route with the verb to one that takes it for part of a segment", () => {
  const router = routerOf("GET /a/{id}", "GET /a/{id}:go", "GET /a/{id}:let:go", "GET /a:go");
  const found = ["/a/1:go", "/a/1:let:go", "/a/1:stop", "/a/:go", "/a:go", "/a:stop"].map(
    (path) => {
      const match = router.match("GET", path);
      return match && [match.target, ...match.values];
    },
  );
  expect(found).toEqual([
    ["GET /a/{id}:go", "1"],
    ["GET /a/{id}:let:go", "1"],
    ["GET /a/{id}", "1:stop"],
    ["GET /a/{id}", ":go"],
    ["GET /a:go"],
    undefined,
  ]);
});

test.each([
  ["/{a}", "/x%2Fy%20z%C3%A9", ["x/y zé"]],
  ["/{a}", "/", [""]],
  ["/{a=x/*}", "/x/y%2Fz%20%25", ["x/y%2Fz %"]],
  ["/{a=**}/x/{b}", "/1/2%2f/x/x/3", ["1/2%2f/x", "3"]],
  ["/{a=**}/x/{b}", "/x/3", ["", "3"]],
  ["/v/{a=**}:go", "/v/1/2:3:go", ["1/2:3"]],
  ["/{a=*/y/**}/{b}", "/1/y/2/3/4", ["1/y/2/3", "4"]],
  ["/caf%C3%A9", "/caf%c3%a9", []],
])("match() of '%s' and '%s' gives the values %j", (template, path, values) => {
  const router = createRouter<string>();
  router.add("GET", parsePathTemplate(template), "found");
  expect(router.match("GET", path)).toEqual({ target: "found", values });
});

test("match() gives nothing for other paths", () => {
  const router = routerOf("GET /a/b", "GET /a/{x}/c", "GET /d/**/e");
  const paths = ["/", "/a", "/a/b/", "/b", "/a//b", "/a/b/c/d", "/d", "/d/f", "/A/b"];
  expect(paths.filter((path) => router.match("GET", path) !== undefined)).toEqual([]);
});

test("match() throws a URIError when an escape is malformed", () => {
  const router = routerOf("GET /{a}");
  expect(() => router.match("GET", "/%zz")).toThrow(URIError);
  expect(() => router.match("GET", "/%ff")).toThrow(URIError);
});

test("methods() gives the methods of all routes that fit a path", () => {
  const router = routerOf("GET /a/b", "POST /a/*", "DELETE /**", "PUT /c", "PATCH /a/b:go");
  expect(["/a/b", "/a/b:go", "/x"].map((path) => router.methods(path))).toEqual([
    ["DELETE", "GET", "POST"],
    ["DELETE", "PATCH", "POST"],
    ["DELETE"],
  ]);
});

test("add() gives back the target that takes the same requests", () => {
  const router = routerOf("GET /a/{x}/b", "GET /a/{x=**}:go");
  const again = (path: string) => router.add("GET", parsePathTemplate(path), "again");
  expect([again("/a/*/b"), again("/{y=a/**}:go"), again("/a/{x}/c")]).toEqual([
    "GET /a/{x}/b",
    "GET /a/{x=**}:go",
    undefined,
  ]);
});
