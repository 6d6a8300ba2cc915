// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../kit/free-port.ts";
import type { PostgresOptions } from "../kit/postgres.ts";
import { migrateDatabase } from "./database.testing.ts";
import { connect, emptyPostgresDatabase, migratedPostgresDatabase } from "./postgres.testing.ts";
import { describeCommentStore } from "./store.contract.ts";
import { openCommentDatabase } from "./store.open.ts";
import { openPostgresCommentStore } from "./store.postgres.ts";
import type { CommentStore } from "./store.ts";
import { CommentStoreUnavailableError } from "./store.ts";

const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const unknownID = "00000000-0000-4000-8000-000000000000";
const all = { limit: 0, offset: 0 };

describeWith(["POSTGRES_URL"], "store.postgres", ({ POSTGRES_URL }) => {
  describeCommentStore("openPostgresCommentStore()", async () => {
    const store = await open(await migratedPostgresDatabase(POSTGRES_URL));
    return { store, tick: nextMillisecond };
  });

  test.each(["", "?sslmode=disable"])(
    "openCommentDatabase() takes a URL with '%s'",
    async (end) => {
      const url = await migratedPostgresDatabase(POSTGRES_URL);

      const { store, version } = await openCommentDatabase(url + end);
      onTestFinished(() => store.close());

      expect(await store.list(videoID, all)).toEqual([]);
      expect(version).toBeUndefined();
    },
  );

  test("openCommentDatabase() takes the scheme postgresql", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);

    const { store } = await openCommentDatabase(url.replace("postgres:", "postgresql:"));

    await store.close();
  });

  test("openPostgresCommentStore() finds what an earlier process stored", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const comment = await (await open(url)).create({ videoID, content: "kept" });

    expect(await (await open(url)).list(videoID, all)).toEqual([comment]);
  });

  test("openPostgresCommentStore() is unavailable until the database is migrated", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    await expect(openPostgresCommentStore(url)).rejects.toThrow(
      new CommentStoreUnavailableError("No table 'comments': comment-migration has yet to run"),
    );

    await migrateDatabase(url);

    expect(await (await open(url)).list(videoID, all)).toEqual([]);
  });

  test("openPostgresCommentStore() does not wait for a database that the server has not", async () => {
    await expect(openPostgresCommentStore(`${POSTGRES_URL}_none`)).rejects.toMatchObject({
      name: "PermanentError",
      message: 'Cannot open the comment store: database "postgres_none" does not exist',
    });
  });

  test("openPostgresCommentStore() is unavailable while there is no server, and says where", async () => {
    const port = await freePort();

    await expect(openPostgresCommentStore(`postgres://localhost:${port}/x`)).rejects.toThrow(
      expect.objectContaining({
        name: "CommentStoreUnavailableError",
        message: expect.stringContaining(`ECONNREFUSED 127.0.0.1:${port}`),
      }),
    );
  });

  test("list() uses its index", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    await client.query(
      `INSERT INTO comments (video_id, content)
       SELECT md5((n % 1000)::text), 'text' FROM generate_series(1, 20000) AS n`,
    );
    await client.query("ANALYZE comments");

    const { rows } = await client.query(
      `EXPLAIN SELECT id FROM comments WHERE video_id = md5('7')
       ORDER BY created_at, id LIMIT 10`,
    );

    expect(JSON.stringify(rows)).toContain("comments_by_video_id");
    expect(JSON.stringify(rows)).not.toContain("Sort");
  });

  test("list() orders comments of the same instant by id, the same at every call", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    await client.query(
      "INSERT INTO comments (video_id, content) SELECT $1, n::text FROM generate_series(1, 50) AS n",
      [videoID],
    );
    const store = await open(url);

    const ids = (await store.list(videoID, all)).map(({ id }) => id);
    const pages = await Promise.all(
      [0, 20, 40].map((offset) => store.list(videoID, { limit: 20, offset })),
    );

    expect(ids).toEqual([...ids].sort());
    expect(pages.flat().map(({ id }) => id)).toEqual(ids);
  });

  test("times are instants, whatever zones the server and this process are in", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    const before = Date.now();
    const { createdAt } = await (await open(`${url}?options=-c%20TimeZone%3DAsia/Taipei`)).create({
      videoID,
      content: "here",
    });

    const { rows } = await client.query("SELECT extract(epoch FROM created_at) AS s FROM comments");

    expect(Math.floor(Number(rows[0].s) * 1000)).toBe(createdAt.getTime());
    expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(60_000);
  });

  test("update() of many at once ends with the time of the last", async () => {
    const store = await open(await migratedPostgresDatabase(POSTGRES_URL));
    const { id } = await store.create({ videoID, content: "first" });

    const updates = await Promise.all(
      Array.from({ length: 30 }, (_, index) => store.update(id, `text ${index}`)),
    );

    const last = Math.max(...updates.map(({ updatedAt }) => updatedAt.getTime()));
    const [kept] = await store.list(videoID, all);
    expect(kept?.updatedAt.getTime()).toBe(last);
  });

  test("more calls than connections wait for their turn", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url, { maxConnections: 2 });

    await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.create({ videoID, content: `${index}` })),
    );

    const client = await connect(url);
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(await store.list(videoID, all)).toHaveLength(50);
    expect(rows[0].n).toBeLessThanOrEqual(2);
  });

  test("a statement that waits longer than its timeout is unavailable, and those after it work", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url, { statementTimeoutMs: 100 });
    const other = await connect(url);
    await other.query("BEGIN; LOCK TABLE comments");

    await expect(store.create({ videoID, content: "late" })).rejects.toThrow(
      new CommentStoreUnavailableError("canceling statement due to statement timeout"),
    );
    await other.query("COMMIT");

    expect(await store.list(videoID, all)).toEqual([]);
  });

  test("a store whose connections are all in use for too long is unavailable", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url, { connectTimeoutMs: 100, maxConnections: 1 });
    const other = await connect(url);
    await other.query("BEGIN; LOCK TABLE comments");
    const first = store.create({ videoID, content: "first" });

    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
    await other.query("COMMIT");

    await first;
  });

  test("a store whose server has no connection left is unavailable", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const admin = await connect(POSTGRES_URL);
    const role = new URL(url).pathname.slice(1);
    await admin.query(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 1`);
    onTestFinished(async () => {
      const client = await connect(POSTGRES_URL);
      await client.query(`DROP ROLE ${role}`);
      await client.end();
    });
    await admin.query(`ALTER DATABASE ${role} OWNER TO ${role}`);
    const own = new URL(url);
    own.username = role;
    const holder = await connect(own.href);

    await expect(openPostgresCommentStore(own.href)).rejects.toThrow(
      new CommentStoreUnavailableError(`too many connections for role "${role}"`),
    );
    await holder.end();
    await admin.query(`ALTER DATABASE ${role} OWNER TO postgres`);
  });

  test("a store that loses its connections goes on with others", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url);
    const created = await store.create({ videoID, content: "before" });
    const admin = await connect(POSTGRES_URL);

    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      new URL(url).pathname.slice(1),
    ]);

    // The call that finds its connection broken may fail, the next may not.
    await store.list(videoID, all).catch((error) => {
      expect(error).toBeInstanceOf(CommentStoreUnavailableError);
    });
    expect(await store.list(videoID, all)).toEqual([created]);
  });

  test("a store is unavailable when its schema is rolled back, and back with it", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url);

    await migrateDatabase(url, "down");
    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
    await migrateDatabase(url, "up");

    expect(await store.list(videoID, all)).toEqual([]);
  });

  test("a store that is closed is unavailable", async () => {
    const store = await openPostgresCommentStore(await migratedPostgresDatabase(POSTGRES_URL));
    await store.close();

    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
  });

  test("a server that is killed is unavailable until it is back, and keeps what it acknowledged", async () => {
    await using server = await startServer("postgres");
    const url = server.env.POSTGRES_URL as string;
    await keepCommits(url);
    await migrateDatabase(url);
    const store = await open(url);
    const acknowledged: string[] = [];
    const stop = new AbortController();
    const writers = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!stop.signal.aborted) {
          await store.create({ videoID, content: "kept" }).then(
            ({ id }) => acknowledged.push(id),
            (error) => expect(error).toBeInstanceOf(CommentStoreUnavailableError),
          );
        }
      }),
    );
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50), { timeout: 20_000 });

    await server.kill();
    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
    const beforeStart = acknowledged.length;
    await server.start();
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(beforeStart + 50), {
      timeout: 20_000,
    });
    stop.abort();
    await writers;

    const kept = (await store.list(videoID, all)).map(({ id }) => id);
    expect(kept).toEqual(expect.arrayContaining(acknowledged));
  });

  test("a server that hangs is unavailable within the timeouts, and usable when it goes on", async () => {
    await using server = await startServer("postgres");
    const url = server.env.POSTGRES_URL as string;
    await migrateDatabase(url);
    const store = await open(url, { statementTimeoutMs: 100, connectTimeoutMs: 200 });
    await store.create({ videoID, content: "before" });

    await server.pause();
    // The first has a connection that does not answer, the second cannot get one.
    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
    await expect(store.list(videoID, all)).rejects.toThrow(CommentStoreUnavailableError);
    await server.resume();

    await vi.waitFor(async () => expect(await store.list(videoID, all)).toHaveLength(1), 10_000);
  });

  test("what is not there is not found, and does not cost a connection", async () => {
    const url = await migratedPostgresDatabase(POSTGRES_URL);
    const store = await open(url, { maxConnections: 1 });

    await expect(store.update(unknownID, "x")).rejects.toThrow(`No comment has the id`);
    await expect(store.delete(unknownID)).rejects.toThrow(`No comment has the id`);
  });
});

async function open(url: string, options: PostgresOptions = {}): Promise<CommentStore> {
  const store = await openPostgresCommentStore(url, options);
  onTestFinished(() => store.close());
  return store;
}

/** The server of the tests may forget its last commits when it is killed: this one may not. */
async function keepCommits(url: string): Promise<void> {
  const client = await connect(url);
  await client.query("ALTER DATABASE postgres SET synchronous_commit = on");
}

async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  // The server's clock is this machine's.
  await vi.waitUntil(() => Date.now() > now, { interval: 1 });
}
