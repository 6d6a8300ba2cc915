// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { LabProcess } from "./processes.ts";
import type { SupervisorOptions } from "./supervisor.ts";
import { runOnce, supervise } from "./supervisor.ts";

test("supervise() says when the process is ready and stops it with SIGTERM", async () => {
  const { options, lines } = recordingOptions();
  const process = supervise(
    script(`
      process.on("SIGTERM", () => { console.log("bye"); process.exit(0); });
      process.send("ready");
      setInterval(() => {}, 1000);
    `),
    options,
  );

  await process.ready;
  await process.stop(5000);

  expect(lines).toEqual(["script: started", "script: bye"]);
});

test("supervise() starts a process again when it dies", async () => {
  const { options, lines } = recordingOptions();
  const folder = temporaryFolder();
  const process = supervise(
    script(`
      import { existsSync, writeFileSync } from "node:fs";
      const mark = ${JSON.stringify(join(folder, "mark"))};
      if (!existsSync(mark)) { writeFileSync(mark, ""); process.kill(process.pid, "SIGKILL"); }
      process.send("ready");
      setInterval(() => {}, 1000);
    `),
    options,
  );

  await process.ready;
  await process.stop(5000);

  expect(lines).toEqual([
    "script: started",
    "script: died (SIGKILL), starts again in 1 ms",
    "script: started",
  ]);
});

test.each([
  [`console.error("no disk"); process.exit(3)`, "exit code 3: no disk"],
  [
    `console.log("2026-01-01T00:00:00.000Z error no disk"); process.exit(1)`,
    "exit code 1: no disk",
  ],
  [`throw new TypeError("no disk")`, "exit code 1: TypeError: no disk"],
])(
  "supervise() gives up with the last words of a process that keeps dying of %s",
  async (source, reason) => {
    const gaveUp = Promise.withResolvers<string>();
    const { options } = recordingOptions();
    supervise(script(source), {
      ...options,
      onGiveUp: (name, why) => gaveUp.resolve(`${name}: ${why}`),
    });

    expect(await gaveUp.promise).toBe(`script: it died 5 times: ${reason}`);
  },
);

test("stop() kills a process that ignores SIGTERM", async () => {
  const { options } = recordingOptions();
  const process = supervise(
    script(`
      process.on("SIGTERM", () => {});
      process.send("ready");
      setInterval(() => {}, 1000);
    `),
    options,
  );
  await process.ready;

  await process.stop(10);
});

test("runOnce() resolves when the process ends well and throws its last words when not", async () => {
  const { options } = recordingOptions();

  await runOnce(script("process.exit(0)"), options);
  await expect(
    runOnce(script(`console.error("bad schema"); process.exit(1)`), options),
  ).rejects.toThrow("Cannot run script: exit code 1: bad schema");
});

test("runOnce() ends the process when the signal is aborted, and does not start it after that", async () => {
  const { options, lines } = recordingOptions();
  const asked = new AbortController();
  const waiting = script(`console.log("waiting"); setInterval(() => {}, 1000);`);

  await runOnce(waiting, { ...options, onLine: () => asked.abort() }, asked.signal);
  await runOnce(waiting, options, asked.signal);

  expect(lines).toEqual([]);
});

function script(source: string): LabProcess {
  const file = join(temporaryFolder(), "script.mjs");
  writeFileSync(file, source);
  return { name: "script", module: pathToFileURL(file) };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "launcher-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function recordingOptions() {
  const lines: string[] = [];
  const options: SupervisorOptions = {
    nodeArgs: [],
    env: {},
    firstPauseMs: 1,
    onLine: (name, line) => void lines.push(`${name}: ${line.replace(/, pid \d+$/, "")}`),
    onGiveUp: (name, reason) => void lines.push(`${name} gave up: ${reason}`),
  };
  return { options, lines };
}
