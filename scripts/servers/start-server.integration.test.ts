// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { answersTcp } from "./kinds/probes.ts";
import { type ServerName, type ServerOptions, serverKinds } from "./kinds.ts";
import { startServer } from "./start-server.ts";
import { describeWith } from "./testing.ts";

const all = ["KAFKA_ADDRS", "POSTGRES_URL", "MONGO_URL", "REDIS_ADDR", "MINIO_ENDPOINT"] as const;

describeWith(all, "startServer()", () => {
  test.each(Object.keys(serverKinds) as ServerName[])(
    "starts %s, again after kill() and stop() on the same port, and remove() leaves nothing",
    async (name) => {
      await using server = await start(name);
      const { port, pid, folder } = server;
      const variables = Object.values(server.env).join();
      expect(variables).toContain(`127.0.0.1:${port}`);
      expect(await answersTcp(port)).toBe(true);

      await server.kill();
      expect(server.pid).toBeUndefined();
      expect(await answersTcp(port)).toBe(false);

      await server.start();
      expect(server.port).toBe(port);
      expect(server.pid).not.toBe(pid);
      expect(await answersTcp(port)).toBe(true);

      await server.stop();
      expect(await answersTcp(port)).toBe(false);
      await server.start();
      await server.remove();
      expect(await answersTcp(port)).toBe(false);
      expect(existsSync(folder)).toBe(false);
    },
    // Kafka waits for a session to be over at each start after the first.
    180_000,
  );

  test("pause() keeps the port open and answers nothing until resume()", async () => {
    await using redis = await start("redis");
    const ping = () => answersTcp(redis.port, "PING\r\n", "+PONG");
    expect(await ping()).toBe(true);

    await redis.pause();
    expect(await answersTcp(redis.port)).toBe(true);
    expect(await ping()).toBe(false);

    await redis.resume();
    expect(await ping()).toBe(true);
  });

  test("remove() keeps a folder that the caller named", async () => {
    const folder = mkdtempSync(join(tmpdir(), "labwire-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const redis = await start("redis", { folder });
    await redis.remove();
    expect(readFileSync(join(folder, "server.log"), "utf8")).toContain("Redis");
  });

  test("rejects a folder that holds something else, and leaves it to its owner", async () => {
    const folder = mkdtempSync(join(tmpdir(), "labwire-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "photo.jpg"), "");

    const { uid, gid } = statSync(folder);

    // As root, PostgreSQL runs as another user, who must own its folder.
    await expect(start("postgres", { folder })).rejects.toThrow(
      `Cannot start postgres in '${folder}': it holds something else`,
    );

    expect(statSync(folder)).toMatchObject({ uid, gid });
  });

  test("rejects with the server's own words when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    await expect(start("alertmanager", { port })).rejects.toThrow(
      /^Cannot start alertmanager: it ended at once\n.*address already in use/s,
    );
  });

  test("servers and their folders go with the process that started them, killed as it may be", async () => {
    const starter = startElsewhere(["postgres", "redis"]);
    const [line] = (await once(createInterface(starter.stdout), "line")) as [string];
    const servers: { pid: number; port: number; folder: string }[] = JSON.parse(line);
    expect(await Promise.all(servers.map(({ port }) => answersTcp(port)))).toEqual([true, true]);

    starter.kill("SIGKILL");

    for (const { port, folder } of servers) {
      await until(() => !existsSync(folder));
      expect(await answersTcp(port)).toBe(false);
    }
  });
});

/** Starts a server that does not outlive its test. */
async function start<Name extends ServerName>(name: Name, options?: ServerOptions[Name]) {
  const server = await startServer(name, options);
  onTestFinished(() => server.remove());
  return server;
}

/** Starts servers from a process of their own, which prints where they are. */
function startElsewhere(names: ServerName[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const script = `
    import { startServer } from ${JSON.stringify(new URL("start-server.ts", import.meta.url).href)};
    const servers = await Promise.all(${JSON.stringify(names)}.map((name) => startServer(name)));
    console.log(JSON.stringify(servers.map(({ pid, port, folder }) => ({ pid, port, folder }))));
    setInterval(() => {}, 1000);
  `;
  const args = ["--input-type=module", "--eval", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child as ChildProcess & { stdout: NodeJS.ReadableStream };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("Waited in vain for 10 s");
    await delay(20);
  }
}
