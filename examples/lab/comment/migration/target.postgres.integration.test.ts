// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Logger } from "../../kit/logger.ts";
import { silentLogger } from "../../kit/logger.ts";
import { migrateDatabase } from "../database.testing.ts";
import { start } from "../main.testing.ts";
import { connect, emptyPostgresDatabase } from "../postgres.testing.ts";
import { openPostgresCommentStore } from "../store.postgres.ts";
import { describeMigrationTarget, listeningLogger, migration, run } from "./target.contract.ts";
import { lockKey, openPostgresTarget } from "./target.postgres.ts";
import type { MigrationTarget } from "./target.ts";

const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const originalVersion = 20220223035207;
const newestVersion = 20261121000000;

test("lockKey() is golang-migrate's", () => {
  // As its GenerateAdvisoryLockId("postgres", "public", "schema_migrations") answers.
  expect(lockKey("public", "postgres")).toBe(143310882);
});

describeWith(["POSTGRES_URL"], "target.postgres", ({ POSTGRES_URL }) => {
  describeMigrationTarget("openPostgresTarget()", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    return {
      open: (logger) => open(url, logger),
      query: async (sql) => (await client.query(sql)).rows,
      tablesQuery: "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
      syntaxError: 'syntax error at or near "TABEL"',
    };
  });

  test("a second migrator waits for the first, and says so", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const first = await open(url, silentLogger);
    const waiting = Promise.withResolvers<void>();
    const { logger, lines } = listeningLogger(() => waiting.resolve());
    const second = await open(url, logger);
    const slow = migration(1, "CREATE TABLE a (x INTEGER); SELECT pg_sleep(0.3)", "");

    const firstDone = run(first, [slow], "up");
    await untilLocked(url);
    const secondDone = run(second, [slow], "up");
    await waiting.promise;

    expect(await firstDone).toEqual(["1_m.up.sql -> 1"]);
    expect(await secondDone).toEqual([]);
    expect(lines).toEqual(["warn  Waiting for another migrator"]);
  });

  test("golang-migrate and this migrator wait for each other", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const golang = await connect(url);
    const key = lockKey("public", new URL(url).pathname.slice(1));
    await golang.query("SELECT pg_advisory_lock($1)", [key]);
    const { logger } = listeningLogger(() => {
      void golang.query("SELECT pg_advisory_unlock($1)", [key]);
    });
    const target = await open(url, logger);

    expect(await run(target, [migration(1, "CREATE TABLE a (x INTEGER)", "")], "up")).toEqual([
      "1_m.up.sql -> 1",
    ]);
  });

  test("a migrator that is killed gives its lock back, and leaves nothing half done", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const stuck = "CREATE TABLE half (x INTEGER); SELECT pg_sleep(3600);";
    const folder = await folderOf({ "1_stuck.up.sql": stuck });
    const env = { MIGRATION_URL: url, MIGRATION_SOURCE: folder };
    const killed = start("migration/main.ts", env);
    await untilLocked(url);

    const { logger, lines } = listeningLogger(() => void killed.child.kill("SIGKILL"));
    const target = await open(url, logger);
    const steps = await run(target, [migration(1, "CREATE TABLE whole (x INTEGER)", "")], "up");

    expect(steps).toEqual(["1_m.up.sql -> 1"]);
    expect(lines).toEqual(["warn  Waiting for another migrator"]);
    const client = await connect(url);
    const { rows } = await client.query("SELECT to_regclass('half') AS half");
    expect(rows).toEqual([{ half: null }]);
  });

  test("a database of the original goes on, with its comments and their times", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    await makeOriginal(url);
    await client.query(
      `INSERT INTO comments (video_id, content, created_at, updated_at)
       VALUES ($1, 'old', '2024-02-29 12:00:00.123456', '2024-02-29 12:30:00')`,
      [videoID],
    );

    await migrateDatabase(url);
    const store = await openPostgresCommentStore(url);
    onTestFinished(() => store.close());
    await store.create({ videoID, content: "new" });

    expect(await store.list(videoID, { limit: 0, offset: 0 })).toMatchObject([
      {
        content: "old",
        createdAt: new Date("2024-02-29T12:00:00.123Z"),
        updatedAt: new Date("2024-02-29T12:30:00Z"),
      },
      { content: "new" },
    ]);
    const { rows } = await client.query("SELECT version, dirty FROM schema_migrations");
    expect(rows).toEqual([{ version: `${newestVersion}`, dirty: false }]);
  });

  test("times of the original are taken in the zone that its server has", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const client = await connect(url);
    const name = new URL(url).pathname.slice(1);
    await client.query(`ALTER DATABASE ${name} SET TimeZone = 'Asia/Taipei'`);
    await makeOriginal(url);
    await client.query(
      "INSERT INTO comments (video_id, content, created_at) VALUES ($1, 'old', '2024-02-29 20:00:00')",
      [videoID],
    );

    await migrateDatabase(url);

    const { rows } = await client.query("SELECT created_at FROM comments");
    expect(rows).toEqual([{ created_at: new Date("2024-02-29T12:00:00Z") }]);
  });

  test("a database of the original and one made here have the same schema", async () => {
    const original = await emptyPostgresDatabase(POSTGRES_URL);
    await makeOriginal(original);
    const own = await emptyPostgresDatabase(POSTGRES_URL);

    await migrateDatabase(original);
    await migrateDatabase(own);

    expect(await schemaOf(original)).toEqual(await schemaOf(own));
    expect(await schemaOf(own)).toEqual([
      "id uuid NOT NULL gen_random_uuid()",
      "video_id text NOT NULL null",
      "content text NOT NULL null",
      "created_at timestamp with time zone NOT NULL now()",
      "updated_at timestamp with time zone NOT NULL now()",
      "CREATE INDEX comments_by_video_id ON public.comments USING btree (video_id, created_at, id)",
      "CREATE UNIQUE INDEX comments_pkey ON public.comments USING btree (id)",
    ]);
  });

  test("comment-migration applies by default, is idempotent, and rolls back with down", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);

    expect([
      await migrationMain(url),
      await migrationMain(`${url}?sslmode=disable`, "up"),
      await migrationMain(url.replace("postgres:", "postgresql:"), "down"),
    ]).toEqual([
      {
        code: 0,
        lines: [
          `info  Migration applied file=${originalVersion}_create_comments.up.sql version=${originalVersion}`,
          `info  Migration applied file=${newestVersion}_zone_and_index_comments.up.sql version=${newestVersion}`,
          "info  Schema is as wanted direction=up",
        ],
      },
      { code: 0, lines: ["info  Schema is as wanted direction=up"] },
      {
        code: 0,
        lines: [
          `info  Migration rolled back file=${newestVersion}_zone_and_index_comments.down.sql version=${originalVersion}`,
          `info  Migration rolled back file=${originalVersion}_create_comments.down.sql version=0`,
          "info  Schema is as wanted direction=down",
        ],
      },
    ]);
  });

  test("comment-migration ends with one line when a file fails, and at the version before it", async () => {
    const url = await emptyPostgresDatabase(POSTGRES_URL);
    const folder = await folderOf({ "1_a.up.sql": "SELECT 1", "2_b.up.sql": "SELECT x" });

    expect(await migrationMain(url, `--migration_source=${folder}`)).toEqual({
      code: 1,
      lines: [
        "info  Migration applied file=1_a.up.sql version=1",
        "error Cannot run '2_b.up.sql': column \"x\" does not exist",
      ],
    });
    const client = await connect(url);
    const { rows } = await client.query("SELECT version, dirty FROM schema_migrations");
    expect(rows).toEqual([{ version: "1", dirty: false }]);
  });

  test("comment-migration ends with one line when its server stops, and can be repeated", async () => {
    await using server = await startServer("postgres");
    const url = server.env.POSTGRES_URL as string;
    const folder = await folderOf({ "1_stuck.up.sql": "SELECT pg_sleep(3600)" });
    const cut = start("migration/main.ts", { MIGRATION_URL: url, MIGRATION_SOURCE: folder });
    await untilLocked(url);

    await server.kill();
    const { code } = await cut.exit;
    await server.start();

    expect(code).toBe(1);
    expect(cut.output).toEqual([
      expect.stringMatching(
        /error Cannot run '1_stuck.up.sql': Connection terminated unexpectedly$/,
      ),
    ]);
    expect((await migrationMain(url)).code).toBe(0);
  });

  test("comment-migration ends with one line when there is no such database", async () => {
    const url = `${POSTGRES_URL}_none`;

    expect(await migrationMain(url)).toEqual({
      code: 1,
      lines: [`error Cannot migrate '${url}': database "postgres_none" does not exist`],
    });
  });

  test("comment-migration ends with one line when the password is wrong, and does not log it", async () => {
    await using server = await startServer("postgres");
    const url = new URL(server.env.POSTGRES_URL as string);
    const client = await connect(url.href);
    await client.query("ALTER ROLE postgres PASSWORD 'right'");
    await writeFile(join(server.folder, "data", "pg_hba.conf"), "host all all all scram-sha-256\n");
    await client.query("SELECT pg_reload_conf()");
    await vi.waitFor(() => expect(connect(url.href)).rejects.toThrow("password"), 10_000);

    url.password = "wrong";
    const wrong = await migrationMain(url.href);
    url.password = "right";
    const right = await migrationMain(url.href);

    expect(wrong).toEqual({
      code: 1,
      lines: [
        `error Cannot migrate '${url.href.replace("right", "***")}': password authentication failed for user "postgres"`,
      ],
    });
    expect(right.code).toBe(0);
  });

  test("comment-migration waits for a server that starts later, and says so", async () => {
    await using server = await startServer("postgres");
    await server.stop();

    const { line, exit } = start("migration/main.ts", {
      MIGRATION_URL: server.env.POSTGRES_URL as string,
    });
    const waiting = await line(/Waiting for PostgreSQL error=(.+) retryMs=/);
    await server.start();

    expect(waiting).toBe(`"connect ECONNREFUSED 127.0.0.1:${server.port}"`);
    expect(await exit).toMatchObject({ code: 0 });
  });
});

async function open(url: string, logger: Logger): Promise<MigrationTarget> {
  const target = await openPostgresTarget(url, { logger });
  onTestFinished(() => target.close());
  return target;
}

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "labwire-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** Resolves when a migrator holds its lock. */
async function untilLocked(url: string): Promise<void> {
  const client = await connect(url);
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(
        `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
         WHERE locktype = 'advisory' AND granted AND d.datname = current_database()`,
      );
      expect(rows).toHaveLength(1);
    },
    { timeout: 10_000 },
  );
}

/** What the original and golang-migrate have made of an empty database. */
async function makeOriginal(url: string): Promise<void> {
  const client = await connect(url);
  await client.query(`
    CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
    INSERT INTO schema_migrations VALUES (${originalVersion}, false);
    CREATE TABLE comments (
      id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
      video_id text NOT NULL,
      content text NOT NULL,
      created_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
      updated_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL
    )`);
}

/** The columns of the comments, and their indexes. */
async function schemaOf(url: string): Promise<string[]> {
  const client = await connect(url);
  const columns = await client.query(
    `SELECT column_name || ' ' || data_type || ' ' || CASE is_nullable WHEN 'NO' THEN 'NOT NULL' ELSE '' END
       || ' ' || coalesce(column_default, 'null') AS line
     FROM information_schema.columns WHERE table_name = 'comments' ORDER BY ordinal_position`,
  );
  const indexes = await client.query(
    "SELECT indexdef AS line FROM pg_indexes WHERE tablename = 'comments' ORDER BY indexname",
  );
  return [...columns.rows, ...indexes.rows].map(({ line }) => line);
}

async function migrationMain(url: string, ...args: string[]) {
  const { exit, output } = start("migration/main.ts", { MIGRATION_URL: url }, args);
  const { code } = await exit;
  return { code, lines: output.map((line) => line.replace(/^\S+ /, "")) };
}
