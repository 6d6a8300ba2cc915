// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { listFiles } from "../lib/files.ts";
import { outcomeOf, type Step } from "./step.ts";

const patterns = ["*.ts", "*.tsx", "*.js", "*.mjs", "*.cjs", "*.sh", "*.proto", ".ci/run"];

/** Generated, or an unchanged copy of a public contract. */
const notOurs =
  /(^|\/)gen\/|^packages\/gatewaykit\/proto\/google\/|^packages\/otelkit\/conformance\/proto\/connectrpc\/|^examples\/lab\/proto\/grpc\/|^testdata\/proto\/io\//;

const header =
  /^(#!.*\n)?(\/\/|#) Copyright 20\d\d The labwire authors\n\2 SPDX-License-Identifier: Apache-2\.0\n\n/;

export const licenceHeaders: Step = {
  name: "licence headers",
  async run() {
    const files = await listFiles(...patterns);
    const faults = files
      .filter((file) => !notOurs.test(file))
      .filter((file) => !hasLicenceHeader(readFileSync(file, "utf8")))
      .map((file) => `${file}:1: the two header lines are missing, or no empty line follows them`);
    return outcomeOf(faults);
  },
};

/** True when a file starts with the two header lines and an empty one, after `#!` if it has that. */
export function hasLicenceHeader(text: string): boolean {
  return header.test(text);
}
