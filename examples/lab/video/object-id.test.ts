// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createObjectId, isObjectId } from "./object-id.ts";

test("createObjectId() never repeats itself, and later ids sort behind earlier ones", () => {
  const earlier = Array.from({ length: 1000 }, () => createObjectId(new Date(1_700_000_000_000)));
  const later = createObjectId(new Date(1_700_000_001_000));

  expect(new Set(earlier).size).toBe(1000);
  expect(earlier.every((id) => isObjectId(id) && id < later)).toBe(true);
});

test("isObjectId() takes 24 hexadecimal digits in lower case only", () => {
  const id = "65a0000000000000000000ff";

  expect(
    [id, id.toUpperCase(), id.slice(1), `${id}0`, `${id}\n`, "", "g".repeat(24)].map(isObjectId),
  ).toEqual([true, false, false, false, false, false, false]);
});
