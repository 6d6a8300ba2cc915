// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { selectRecipes } from "./install.ts";
import { recipes } from "./recipes.ts";

test("selectRecipes() finds recipes by their name and by their programs', each once", () => {
  const names = selectRecipes(["ffmpeg", "ffprobe", "promtool", "kafka-3.9"]).map((r) => r.name);
  expect(names).toEqual(["ffmpeg", "prometheus", "kafka-3.9"]);
  expect(selectRecipes([])).toEqual(recipes);
});

test("selectRecipes() throws on a name that there is not", () => {
  expect(() => selectRecipes(["grafana"])).toThrow(
    /^Cannot install 'grafana': there are .*versitygw/,
  );
});
