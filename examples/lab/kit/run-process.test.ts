// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

type Script = ChildProcess & { stdout: Readable };

const kit = new URL("./", import.meta.url).href;

test("runProcess() stops the parts in reverse order on SIGTERM and exits 0", async () => {
  const child = runScript(`
    scope.onStop("store", () => console.log("store stopped"));
    scope.onStop("server", () => console.log("server stopped"));
  `);
  await once(child, "message");

  child.kill("SIGTERM");

  expect(await outcome(child)).toEqual({ code: 0, lines: ["server stopped", "store stopped"] });
});

test("runProcess() takes a second signal for the first one", async () => {
  const child = runScript(`
    scope.onStop("server", async () => {
      process.kill(process.pid, "SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log("server stopped");
    });
  `);
  await once(child, "message");

  child.kill("SIGINT");

  expect(await outcome(child)).toEqual({ code: 0, lines: ["server stopped"] });
});

test("runProcess() stops when its parent is gone", async () => {
  const child = runScript(`scope.onStop("server", () => console.log("server stopped"));`);
  await once(child, "message");

  child.disconnect();

  expect(await outcome(child)).toEqual({ code: 0, lines: ["server stopped"] });
});

test("runProcess() stops what has started and exits 1 with one line when a part cannot start", async () => {
  const child = runScript(`
    scope.onStop("store", () => console.log("store stopped"));
    throw new Error("Cannot listen");
  `);

  expect(await outcome(child)).toEqual({
    code: 1,
    lines: ["error Stopping: Cannot listen", "store stopped"],
  });
});

test("runProcess() exits 1 with the reason when a part fails later", async () => {
  const child = runScript(`setImmediate(() => scope.fail(new Error("Lost the group")));`);

  expect(await outcome(child)).toEqual({ code: 1, lines: ["error Stopping: Lost the group"] });
});

test("runProcess() exits 0 when it is asked to stop while it waits for a dependency", async () => {
  const child = runScript(`
    process.send("waiting");
    await new Promise((_, reject) => {
      scope.signal.addEventListener("abort", () => reject(scope.signal.reason));
    });
  `);
  await once(child, "message");

  child.kill("SIGTERM");

  expect(await outcome(child)).toEqual({ code: 0, lines: [] });
});

test("runProcess() exits 1 when stopping takes longer than the graceful timeout", async () => {
  const child = runScript(`scope.onStop("server", () => new Promise(() => {}));`, 20);
  await once(child, "message");

  child.kill("SIGTERM");

  expect(await outcome(child)).toEqual({
    code: 1,
    lines: ["error Stopping took too long gracefulTimeoutMs=20"],
  });
});

function runScript(start: string, gracefulTimeoutMs = 5000): Script {
  const source = `
    import { createLogger } from "${kit}logger.ts";
    import { runProcess } from "${kit}run-process.ts";
    // Something that keeps the process alive, as a server does.
    setInterval(() => {}, 1000);
    const options = { logger: createLogger(), gracefulTimeoutMs: ${gracefulTimeoutMs} };
    await runProcess(options, async (scope) => { ${start} });
  `;
  return spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  }) as Script;
}

async function outcome(child: Script): Promise<{ code: number; lines: string[] }> {
  // Not "close": it never comes once the parent has disconnected.
  const exited = once(child, "exit");
  const output = await text(child.stdout);
  const [code] = await exited;
  const lines = output.split("\n").filter((line) => line !== "");
  return { code, lines: lines.map((line) => line.replace(/^\d{4}-\S+ /, "")) };
}
