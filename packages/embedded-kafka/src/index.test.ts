// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as embeddedKafka from "./index.ts";

test("the package exports what its README says and nothing else", () => {
  expect(Object.keys(embeddedKafka).sort()).toEqual(["EmbeddedKafkaError", "startBroker"]);
});
