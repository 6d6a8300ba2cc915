// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { consoleLogger } from "../logger.ts";
import { DiskJournal } from "./disk-journal.ts";
import { OpenFiles } from "./open-files.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  path = join(directory, "journal.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (logger = consoleLogger) =>
  new DiskJournal(path, { files: new OpenFiles(4), syncs: false, logger });

/** What a journal has that is opened anew. */
function reopened(): [string, unknown][] {
  const journal = open();
  journal.close();
  return [...journal.entries];
}

test("DiskJournal has what was saved and not removed when opened anew", () => {
  const journal = open();
  journal.save(
    new Map([
      ["a", 1 as unknown],
      ["b", { deep: [null, "é\n"] }],
      ["__proto__", 2],
    ]),
  );
  journal.save(
    new Map([
      ["a", undefined],
      ["c", ""],
    ]),
  );
  journal.save(new Map());
  journal.close();
  const expected = [
    ["b", { deep: [null, "é\n"] }],
    ["__proto__", 2],
    ["c", ""],
  ];
  expect([[...journal.entries], reopened()]).toEqual([expected, expected]);
});

test("DiskJournal has whole saves only when its file ends anywhere", () => {
  const journal = open();
  for (const value of [1, 2, 3])
    journal.save(
      new Map([
        ["a", value],
        ["b", value],
      ]),
    );
  journal.close();
  const whole = readFileSync(path);
  const wrong: unknown[] = [];
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const warn = vi.fn();
    const cut = open({ ...consoleLogger, warn });
    cut.close();
    const saves = whole.subarray(0, length).toString().split("\n").length - 1;
    const bytes = whole.subarray(0, length).lastIndexOf("\n") + 1;
    const expected =
      saves === 0
        ? []
        : [
            ["a", saves],
            ["b", saves],
          ];
    const warnings = bytes === length ? [] : [{ fromByte: bytes, bytes: length - bytes }];
    const found = { entries: [...cut.entries], warnings: warn.mock.calls.map(([, cut]) => cut) };
    const isRight = JSON.stringify(found) === JSON.stringify({ entries: expected, warnings });
    if (!isRight || readFileSync(path).length !== bytes) wrong.push({ length, found });
  }
  expect(wrong).toEqual([]);
});

test("DiskJournal says which line cannot be read when others follow it", () => {
  writeFileSync(path, '{"set":{"a":1}}\n{"se\n{"set":{"a":2}}\n');
  expect(() => open()).toThrow(`line 2 of '${path}' is not JSON`);
});

test("DiskJournal keeps its file short when the same keys are set again and again", () => {
  const journal = open();
  for (let at = 0; at <= 30_000; at++) journal.save(new Map([[String(at % 2), at]]));
  journal.close();
  const lines = readFileSync(path, "utf8").split("\n").length;
  expect([lines < 11_000, reopened()]).toEqual([
    true,
    [
      ["0", 30_000],
      ["1", 29_999],
    ],
  ]);
});

test("DiskJournal.save() changes nothing when the file cannot be written", () => {
  const journal = open();
  journal.save(new Map([["a", 1]]));
  journal.close();
  rmSync(directory, { recursive: true });
  expect(() => journal.save(new Map([["a", 2]]))).toThrow("ENOENT");
  expect([...journal.entries]).toEqual([["a", 1]]);
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
