// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { NameEscaping } from "./content-negotiation.ts";
import { escapeName } from "./name-escaping.ts";

// Source: the table of Prometheus's "Escaping schemes".
test.each<[NameEscaping, string, string]>([
  ["allow-utf-8", "mysystem.prod.größe", "mysystem.prod.größe"],
  ["underscores", "mysystem.prod.größe", "mysystem_prod_gr__e"],
  ["underscores", "plain_name", "plain_name"],
  ["dots", "mysystem.prod.west.cpu_load", "mysystem_dot_prod_dot_west_dot_cpu__load"],
  ["values", "mysystem.prod.west.cpu_load", "U__mysystem_2e_prod_2e_west_2e_cpu__load"],
  ["values", "label with 😱", "U__label_20_with_20__1f631_"],
  ["values", "plain_name", "plain_name"],
  ["underscores", "2xx", "_xx"],
])("escapeName() by %s writes '%s' as '%s'", (escaping, name, expected) => {
  expect(escapeName(name, escaping)).toBe(expected);
});
