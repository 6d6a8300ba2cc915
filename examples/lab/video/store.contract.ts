// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, onTestFinished, test } from "vitest";
import type { NewVideo, OutboxEvent, Video, VideoStore } from "./store.ts";
import { targetScales, VideoNotFoundError } from "./store.ts";

export interface VideoStoreUnderTest {
  readonly store: VideoStore;
  /** The events that the store has kept, oldest first. */
  events(): Promise<readonly OutboxEvent[]>;
}

/** What every adapter of `VideoStore` must do. `open` gives an empty one that asks `now` for the time. */
export function videoStoreContract(
  adapter: string,
  open: (now: () => Date) => Promise<VideoStoreUnderTest>,
): void {
  const ids = ["65a000000000000000000001", "65a000000000000000000002", "65a000000000000000000003"];
  const [first = "", second = "", third = ""] = ids;
  const unknown = "65a0000000000000000000ff";

  // A clock that moves a second whenever it is asked.
  async function openStore() {
    let seconds = 0;
    const opened = await open(() => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds++)));
    onTestFinished(() => opened.store.close());
    return opened;
  }

  describe(`${adapter} video store`, () => {
    test("get() answers what create() kept, as uploaded, with its times", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));

      expect(await store.get(first)).toEqual({
        ...newVideo(first),
        status: "uploaded",
        variants: {},
        createdAt: new Date("2026-01-01T00:00:00Z"),
        updatedAt: new Date("2026-01-01T00:00:00Z"),
      });
    });

    test("get() throws VideoNotFoundError when no video has the id", async () => {
      const { store } = await openStore();

      await expect(store.get(unknown)).rejects.toThrow(VideoNotFoundError);
    });

    test("list() answers nothing when there is nothing", async () => {
      const { store } = await openStore();

      expect(await store.list(0, 0)).toEqual([]);
    });

    test("list() answers by creation time, within limit and skip", async () => {
      const { store } = await openStore();
      for (const id of [second, first, third]) await store.create(newVideo(id), event(id));

      const pages = await Promise.all([
        store.list(0, 0),
        store.list(1, 0),
        store.list(1, 1),
        store.list(0, 2),
        store.list(5, 3),
      ]);

      expect(pages.map(idsOf)).toEqual([[second, first, third], [second], [first], [third], []]);
    });

    test("create() keeps the event with the row", async () => {
      const { store, events } = await openStore();
      await store.create(newVideo(first), event(first));
      await store.create(newVideo(second), event(second));

      expect(await events()).toEqual([event(first), event(second)]);
    });

    test("create() keeps neither row nor event when the id is taken", async () => {
      const { store, events } = await openStore();
      await store.create(newVideo(first), event(first));

      await expect(store.create({ ...newVideo(first), size: 1 }, event(second))).rejects.toThrow();

      expect((await store.get(first)).size).toBe(newVideo(first).size);
      expect(await events()).toEqual([event(first)]);
    });

    test("markEncoding() moves uploaded to encoding and nothing else", async () => {
      const { store } = await openStore();
      const statuses: string[] = [];
      for (const id of ids) await store.create(newVideo(id), event(id));
      await store.markFailed(second);
      await complete(store, third);

      for (const id of ids) await store.markEncoding(id);
      await store.markEncoding(unknown);

      for (const id of ids) statuses.push((await store.get(id)).status);
      expect(statuses).toEqual(["encoding", "failed", "success"]);
    });

    test("updateVariant() moves the status to encoding, and to success with the last", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));

      const seen: Video[] = [];
      for (const scale of [720, 360, 1080, 480]) {
        seen.push(await store.updateVariant(first, scale, `http://videos/${scale}`));
      }

      expect(seen.map((video) => video.status)).toEqual([
        "encoding",
        "encoding",
        "encoding",
        "success",
      ]);
      expect(seen[3]).toEqual(await store.get(first));
      expect(seen[3]?.variants).toEqual({
        360: "http://videos/360",
        480: "http://videos/480",
        720: "http://videos/720",
        1080: "http://videos/1080",
      });
    });

    test("replays: updateVariant() changes nothing when it is done again", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));
      const once = await store.updateVariant(first, 360, "http://videos/360");

      const again = await store.updateVariant(first, 360, "http://videos/360");

      expect(again).toEqual(once);
      expect(await store.get(first)).toEqual(once);
    });

    test("updateVariant() keeps a failed video failed until it is complete", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));
      await store.markFailed(first);

      const partly = await store.updateVariant(first, 360, "http://videos/360");
      const whole = await complete(store, first);

      expect([partly.status, whole.status]).toEqual(["failed", "success"]);
    });

    test("updateVariant() throws VideoNotFoundError when no video has the id", async () => {
      const { store } = await openStore();

      await expect(store.updateVariant(unknown, 360, "")).rejects.toThrow(VideoNotFoundError);
    });

    test("updateVariant() loses none of four that come at once", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));

      await Promise.all(targetScales.map((scale) => store.updateVariant(first, scale, "url")));

      expect((await store.get(first)).status).toBe("success");
    });

    test("markFailed() never takes success back and takes unknown ids", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));
      await complete(store, first);

      await store.markFailed(first);
      await store.markFailed(unknown);

      expect((await store.get(first)).status).toBe("success");
    });

    test("timestamps: writes move updatedAt and leave createdAt", async () => {
      const { store } = await openStore();
      const times: [number, number][] = [];
      const note = async () => {
        const { createdAt, updatedAt } = await store.get(first);
        times.push([createdAt.getUTCSeconds(), updatedAt.getUTCSeconds()]);
      };
      await store.create(newVideo(first), event(first));
      await note();
      await store.markEncoding(first);
      await note();
      await store.updateVariant(first, 360, "url");
      await note();
      await store.markFailed(first);
      await note();

      const [created] = times[0] ?? [Number.NaN];
      const moves = times.map(([, updated]) => updated);
      expect(times.map(([createdAt]) => createdAt)).toEqual(times.map(() => created));
      expect(moves).toEqual([...new Set(moves)].sort((a, b) => a - b));
    });

    test("beginDelete() hides the video, and can be repeated until finishDelete()", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));
      await store.create(newVideo(second), event(second));

      const begun = [await store.beginDelete(first), await store.beginDelete(first)];

      expect(idsOf(begun)).toEqual([first, first]);
      await expect(store.get(first)).rejects.toThrow(VideoNotFoundError);
      await expect(store.updateVariant(first, 360, "")).rejects.toThrow(VideoNotFoundError);
      expect(idsOf(await store.list(0, 0))).toEqual([second]);
      expect(idsOf(await store.deleting())).toEqual([first]);
    });

    test("finishDelete() forgets the video, and takes unknown ids", async () => {
      const { store } = await openStore();
      await store.create(newVideo(first), event(first));
      await store.beginDelete(first);

      await store.finishDelete(first);
      await store.finishDelete(first);

      await expect(store.beginDelete(first)).rejects.toThrow(VideoNotFoundError);
      expect(await store.deleting()).toEqual([]);
    });
  });
}

function newVideo(id: string): NewVideo {
  return {
    id,
    width: 640,
    height: 360,
    size: 5_000_000_000,
    duration: 3.04,
    url: `http://videos/${id}`,
    objectName: `${id}-sample.mp4`,
  };
}

function event(id: string): OutboxEvent {
  return { topic: "video", key: id, value: Uint8Array.of(0, 255, 10), headers: { from: "test" } };
}

function idsOf(videos: readonly Video[]): string[] {
  return videos.map((video) => video.id);
}

async function complete(store: VideoStore, id: string): Promise<Video> {
  for (const scale of targetScales) await store.updateVariant(id, scale, `http://videos/${scale}`);
  return store.get(id);
}
