// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { createLogger } from "../kit/logger.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import { createCommentSweep } from "./sweep.ts";

const [kept, gone] = ["1", "2"].map((last) => last.padStart(24, "6")) as [string, string];
const hourMs = 3_600_000;
const all = { limit: 0, offset: 0 };

test("orphans: a sweep deletes the comments of a video that is gone, and no others", async () => {
  const { store, sweep, log } = startSweep();
  await store.create({ videoID: kept, content: "stays" });
  await store.create({ videoID: gone, content: "left by a process that was killed" });

  await sweep();

  expect(await store.list(gone, all)).toEqual([]);
  expect(await store.list(kept, all)).toHaveLength(1);
  expect(log.join("")).toContain(`Swept the comments of a deleted video videoID=${gone} count=1`);
});

test("the first sweep looks back as far as it may, the next ones at what came since", async () => {
  const { store, sweep, asked, pass } = startSweep();
  pass(-25 * hourMs);
  await store.create({ videoID: kept, content: "too old" });
  pass(25 * hourMs);
  const other = "f".repeat(24);
  await store.create({ videoID: other, content: "made since the process began" });
  pass(hourMs);

  await sweep();
  pass(hourMs);
  await store.create({ videoID: kept, content: "new" });
  await sweep();

  expect(asked).toEqual([other, kept]);
});

test("a sweep that the video service does not answer deletes nothing, and the next one looks again", async () => {
  const { store, sweep, setAway } = startSweep();
  await store.create({ videoID: gone, content: "left" });
  setAway(true);

  await expect(sweep()).rejects.toThrow("away");
  expect(await store.list(gone, all)).toHaveLength(1);
  setAway(false);
  await sweep();

  expect(await store.list(gone, all)).toEqual([]);
});

function startSweep() {
  let time = Date.UTC(2026, 0, 2);
  let away = false;
  const now = () => new Date(time);
  const log: string[] = [];
  const asked: string[] = [];
  const store = createMemoryCommentStore({ now });
  const pass = (ms: number) => {
    time += ms;
  };
  const sweep = createCommentSweep({
    store,
    now,
    backMs: 24 * hourMs,
    logger: createLogger({ write: (line) => log.push(line) }),
    video: {
      getVideo: async ({ id = "" }) => {
        if (away) throw new ConnectError("away", Code.Unavailable);
        asked.push(id);
        if (id === gone) throw new ConnectError("video not found", Code.NotFound);
        return {} as never;
      },
    },
  });
  const setAway = (value: boolean) => {
    away = value;
  };
  return { store, sweep, log, asked, pass, setAway };
}
