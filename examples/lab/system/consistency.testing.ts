// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import type { Rest, RestVideo } from "./rest.testing.ts";
import { sample } from "./rest.testing.ts";
import type { Stores } from "./stores.testing.ts";
import type { Ledger } from "./workload.testing.ts";

/**
 * Repeats the deletes whose answer was lost, until each is acknowledged or there is nothing left to
 * delete: what a client does.
 */
export async function finishDeletes(ledger: Ledger, rest: Rest): Promise<void> {
  for (const [id, video] of ledger.videos) {
    if (video.deleteTried && !video.deleteAcknowledged) {
      await repeat(() => rest.deleteVideo(id));
      video.deleteAcknowledged = true;
    }
    for (const [commentId, comment] of video.comments) {
      if (video.deleteTried || !comment.deleteTried || comment.deleteAcknowledged) continue;
      await repeat(() => rest.deleteComment(commentId));
      comment.deleteAcknowledged = true;
    }
  }
}

async function repeat(send: () => Promise<{ status: number; body: unknown }>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { status, body } = await send();
    if (status === 200 || status === 404) return;
    if (tries === 50) throw new Error(`Cannot delete: ${status} ${JSON.stringify(body)}`);
    await sleep(200);
  }
}

/** Resolves with all videos when none is `uploaded` or `encoding` any more. */
export function allEnded(rest: Rest, timeoutMs: number): Promise<RestVideo[]> {
  return vi.waitFor(
    async () => {
      const { status, body } = await rest.videos();
      expect(status).toBe(200);
      const open = body.videos.filter((video) => !["success", "failed"].includes(video.status));
      expect(open.map(({ id, status }) => `${id} ${status}`)).toEqual([]);
      return body.videos;
    },
    { timeout: timeoutMs, interval: 500 },
  );
}

/**
 * Expects that nothing acknowledged is lost, and nothing half is there: in the API, in the
 * databases, and in the object store. Sweeps get `sweepMs` to remove what crashes left.
 */
export async function expectConsistent(
  ledger: Ledger,
  rest: Rest,
  stores: Stores,
  sweepMs: number,
): Promise<void> {
  const { body } = await rest.videos();
  const listed = new Map(body.videos.map((video) => [video.id, video]));
  const kept = [...ledger.videos].filter(([, video]) => !video.deleteTried);
  const deleted = [...ledger.videos].filter(([, video]) => video.deleteTried).map(([id]) => id);

  expect(
    kept.map(([id]) => id).filter((id) => !listed.has(id)),
    "acknowledged videos that are lost",
  ).toEqual([]);
  expect(
    deleted.filter((id) => listed.has(id)),
    "deleted videos that are still there",
  ).toEqual([]);
  expect(
    body.videos.filter((v) => v.status === "success" && Object.keys(v.variants).length !== 4),
    "videos without their four variants",
  ).toEqual([]);

  const unreadable: string[] = [];
  for (const { id, url } of body.videos) {
    const response = await fetch(url);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!response.ok || !bytes.equals(sample)) unreadable.push(`${id} ${response.status}`);
  }
  expect(unreadable, "videos whose file cannot be had whole").toEqual([]);

  const rows = new Map((await stores.comments()).map((row) => [row.id, row]));
  const wrong: string[] = [];
  for (const [, video] of kept) {
    for (const [id, { contents, deleteTried }] of video.comments) {
      const row = rows.get(id);
      if (deleteTried ? row !== undefined : !contents.includes(row?.content ?? "")) {
        wrong.push(`${id}: ${row?.content} instead of ${deleteTried ? "nothing" : contents}`);
      }
    }
  }
  expect(wrong, "comments that are not as acknowledged").toEqual([]);

  await vi.waitFor(
    async () => {
      const ids = new Set((await stores.videos()).map(({ _id }) => String(_id)));
      const names = await stores.objects();
      const owners = new Set(names.map((name) => name.slice(0, 24)));
      const comments = await stores.comments();
      expect({
        objectsWithoutVideo: names.filter((name) => !ids.has(name.slice(0, 24))),
        videosWithoutObject: [...ids].filter((id) => !owners.has(id)),
        videosHalfDeleted: [...ids].filter((id) => !listed.has(id)),
        commentsWithoutVideo: comments.filter((row) => !ids.has(row.video_id)),
        unfinishedUploads: await stores.unfinishedUploads(),
      }).toEqual({
        objectsWithoutVideo: [],
        videosWithoutObject: [],
        videosHalfDeleted: [],
        commentsWithoutVideo: [],
        unfinishedUploads: [],
      });
    },
    { timeout: sweepMs, interval: 500 },
  );
}
