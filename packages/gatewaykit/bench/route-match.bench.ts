// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// How long it takes to find the route of a request among 500 rules.
// node --conditions=@labwire/source packages/gatewaykit/bench/route-match.bench.ts

import { parsePathTemplate } from "../src/path-template.ts";
import { createRouter } from "../src/router.ts";

const rounds = 31;
const matchesPerRound = 50_000;

// 100 resources with five rules each, as Google's APIs have them.
const router = createRouter<string>();
for (let n = 0; n < 100; n++) {
  const rules = [
    ["GET", `/v1/projects/{project}/resources${n}`],
    ["POST", `/v1/projects/{project}/resources${n}`],
    ["GET", `/v1/{name=projects/*/resources${n}/*}`],
    ["DELETE", `/v1/{name=projects/*/resources${n}/*}`],
    ["POST", `/v1/{name=projects/*/resources${n}/*}:archive`],
  ];
  for (const [method = "", path = ""] of rules) {
    router.add(method, parsePathTemplate(path), `${method} ${path}`);
  }
}

const cases: [title: string, method: string, path: string][] = [
  ["a variable", "GET", "/v1/projects/p/resources73"],
  ["a variable of several segments", "GET", "/v1/projects/p/resources73/r"],
  ["a verb", "POST", "/v1/projects/p/resources73/r:archive"],
  ["an escape", "GET", "/v1/projects/p%20q/resources73/r"],
  ["no route", "GET", "/v1/projects/p/resources100/r"],
];

for (const [title, method, path] of cases) {
  const found = router.match(method, path)?.target ?? "none";
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let n = 0; n < matchesPerRound; n++) router.match(method, path);
    times.push(Number(process.hrtime.bigint() - start) / matchesPerRound);
  }
  const median = times.sort((a, b) => a - b)[rounds >> 1] as number;
  console.log(`${median.toFixed(0).padStart(6)} ns  ${title}: ${found}`);
}
