// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { checkTopicName } from "./topic-name.ts";

const other = "contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";

// The answers of Apache Kafka 4.3.1.
test.each([
  ["video-1.uploads_EU", undefined],
  ["x".repeat(249), undefined],
  ["", "Topic name is invalid: the empty string is not allowed"],
  [".", "Topic name is invalid: '.' is not allowed"],
  ["..", "Topic name is invalid: '..' is not allowed"],
  ["a b", `Topic name is invalid: 'a b' ${other}`],
  ["é", `Topic name is invalid: 'é' ${other}`],
  ["a\n", `Topic name is invalid: 'a\n' ${other}`],
  [
    "x".repeat(250),
    `Topic name is invalid: the length of '${"x".repeat(250)}' is longer than the max allowed length 249`,
  ],
])("checkTopicName() judges %j as Kafka does", (name, expected) => {
  expect(checkTopicName(name)).toBe(expected);
});
