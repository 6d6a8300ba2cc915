// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bundleNames } from "../image/bundle.ts";
import { faultsOfDockerfile } from "./check-dockerfile.ts";
import { dockerIgnore } from "./docker-ignore.ts";
import { lastOf, lineage, parseDockerfile } from "./dockerfile.ts";

const text = readFileSync("deploy/docker/Dockerfile", "utf8");
const lockfile = JSON.parse(readFileSync("package-lock.json", "utf8"));
const facts = {
  nodeVersion: lockfile.packages["node_modules/node"].version,
  bundled: bundleNames,
  isThere: existsSync,
};

describe("deploy/docker/Dockerfile", () => {
  test("has no faults", () => {
    expect(faultsOfDockerfile(parseDockerfile(text), facts)).toEqual([]);
  });

  test("builds the small image when no target is named, and one with ffmpeg beside it", () => {
    const dockerfile = parseDockerfile(text);
    expect(dockerfile.stages.map(({ name }) => name)).toEqual(["build", "run", "ffmpeg", "lab"]);
    expect(lineage(dockerfile, "ffmpeg").map(({ value }) => value)).toContain(
      "apk add --no-cache ffmpeg",
    );
    expect(lastOf(lineage(dockerfile, "lab"), "ENTRYPOINT")).toContain('"lab.mjs"');
  });
});

describe("faults of a Dockerfile", () => {
  test.each([
    [
      "another Node than that of the tests",
      /NODE_VERSION=\S+/,
      "NODE_VERSION=22.0.0",
      "Node is 22",
    ],
    ["an image without a version", /node:\$\{NODE_VERSION\}-alpine/, "node:alpine", "not pinned"],
    ["a file that is not there", "COPY . .", "COPY lab .", "'lab' is not in the build context"],
    ["a script that is not there", "image/build.ts", "image/make.ts", "image/make.ts' is not in"],
    [
      "an entry that is not in the bundle",
      '"lab.mjs"]',
      '"main.mjs"]',
      "nothing that is in the bundle",
    ],
    [
      "a health check that is not in the bundle",
      "healthcheck.mjs",
      "health.mjs",
      "nothing that is in",
    ],
    ["a port where nobody listens", "EXPOSE 8081", "EXPOSE 8082", "exposes 8082"],
    ["root", /^USER 1000:1000$/gm, "USER root", "user 'root'"],
    ["a user by name", /^USER 1000:1000$/gm, "USER node", "user 'node'"],
  ])("names %s", (_, from, to, fault) => {
    const dockerfile = parseDockerfile(text.replace(from, to));
    expect(faultsOfDockerfile(dockerfile, facts).join("\n")).toContain(fault);
  });
});

describe(".dockerignore", () => {
  const isIgnored = dockerIgnore(readFileSync(".dockerignore", "utf8"));

  test.each([
    "package.json",
    "package-lock.json",
    "packages/otelkit/package.json",
    "packages/otelkit/src/index.ts",
    "examples/lab/package.json",
    "examples/lab/comment/main.ts",
    "examples/lab/comment/migration/postgres/001_create_comments.up.sql",
  ])("lets %s into the build", (path) => {
    expect(isIgnored(path)).toBe(false);
  });

  test.each([
    ".git/config",
    "node_modules/pg/package.json",
    "examples/lab/node_modules/pg/package.json",
    "packages/otelkit/dist/index.js",
    "examples/lab/dist/lab.mjs",
    "examples/lab/.lab-data/videos.db",
    "examples/lab/image/image.test.ts",
    "deploy/kubernetes/base/secrets.env",
  ])("keeps %s out of it", (path) => {
    expect(isIgnored(path)).toBe(true);
  });
});
