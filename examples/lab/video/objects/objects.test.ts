// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { objectName, videoIdOf } from "./objects.ts";

const id = "65a000000000000000000001";

test("objectName() leaves nothing in a file name that could leave the bucket or its folder", () => {
  const names = {
    "sample.mp4": "sample.mp4",
    "my film (1).mp4": "my film _1_.mp4",
    "../../etc/passwd": ".._.._etc_passwd",
    "/etc/passwd": "_etc_passwd",
    "C:\\video.mp4": "C__video.mp4",
    "nul\0byte.mp4": "nul_byte.mp4",
    "line\r\nbreak": "line__break",
    "Été à Zürich 東京.mp4": "Été à Zürich 東京.mp4",
    "\u202emp4.exe": "_mp4.exe",
    "half \ud800 pair": "half _ pair",
    "%2e%2e%2f": "_2e_2e_2f",
    " . ": ".",
    "": "",
  };

  const safe = Object.keys(names).map((name) => [name, objectName(id, name)]);

  expect(Object.fromEntries(safe)).toEqual(
    Object.fromEntries(Object.entries(names).map(([name, want]) => [name, `${id}-${want}`])),
  );
});

test("objectName() writes the same characters in one way, however they were composed", () => {
  expect(objectName(id, "e\u0301te\u0301")).toBe(objectName(id, "\u00e9t\u00e9"));
});

test("objectName() cuts a long name before its extension", () => {
  const long = objectName(id, `${"長".repeat(1000)}.mp4`);

  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(200);
  expect(long).toMatch(/長\.mp4$/);
});

test("videoIdOf() reads the id of uploads and renditions, and of nothing else", () => {
  const names = [objectName(id, "a-b.mp4"), `${id}-720p-a.mp4.mp4`, "stray.mp4", id];

  expect(names.map(videoIdOf)).toEqual([id, id, undefined, undefined]);
});
