// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Rest } from "./rest.testing.ts";

/** What clients were told, and so may count on. */
export interface Ledger {
  /** Acknowledged uploads, and what became of each. */
  readonly videos: Map<string, LedgerVideo>;
  /** Calls by kind and HTTP status; 0 stands for no answer. */
  readonly calls: Map<string, Map<number, number>>;
  /** When an acknowledged upload began and ended, in milliseconds since the epoch. */
  readonly acknowledged: { readonly began: number; readonly ended: number }[];
}

interface LedgerVideo {
  /** Whether a delete was tried: its answer may have been lost. */
  deleteTried: boolean;
  deleteAcknowledged: boolean;
  readonly comments: Map<string, LedgerComment>;
}

interface LedgerComment {
  /** Contents that it may have: more than one after an update without an answer. */
  contents: string[];
  deleteTried: boolean;
  deleteAcknowledged: boolean;
}

export interface WorkloadOptions {
  readonly rest: Rest;
  /** Uploads to try at least. */
  readonly uploads: number;
  /** Clients at once. Default 4. */
  readonly clients?: number;
  /** What clients do next. */
  readonly random: () => number;
  /** Goes on beyond the uploads until this resolves. Default at once. */
  readonly until?: Promise<unknown>;
  /** Pause of a client between two videos. Default none; after a failure always 100 ms. */
  readonly pauseMs?: number;
}

/** Clients that upload, comment, change, and delete, and write down what they are told. */
export async function runWorkload(options: WorkloadOptions): Promise<Ledger> {
  const { rest, uploads, clients = 4, random, until = Promise.resolve(), pauseMs = 0 } = options;
  const ledger: Ledger = { videos: new Map(), calls: new Map(), acknowledged: [] };
  let tried = 0;
  let mayEnd = false;
  // Its failure is its owner's to tell.
  until
    .catch(() => {})
    .finally(() => {
      mayEnd = true;
    });
  const chance = (probability: number) => random() < probability;

  async function call<Body>(kind: string, made: Promise<Answer<Body>>): Promise<Answer<Body>> {
    const answer = await made;
    const statuses = ledger.calls.get(kind) ?? new Map<number, number>();
    ledger.calls.set(kind, statuses);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    // Whatever is behind is away: nothing to gain by going on at once.
    if (answer.status !== 200) await sleep(100);
    return answer;
  }

  async function upload(): Promise<string | undefined> {
    const began = Date.now();
    const { status, body } = await call("upload", rest.upload());
    if (status !== 200) return undefined;
    ledger.videos.set(body.id, {
      deleteTried: false,
      deleteAcknowledged: false,
      comments: new Map(),
    });
    ledger.acknowledged.push({ began, ended: Date.now() });
    return body.id;
  }

  async function comment(videoId: string, video: LedgerVideo): Promise<void> {
    const content = `first of ${videoId}`;
    const made = await call("comment", rest.comment(videoId, content));
    if (made.status !== 200) return;
    const { id } = made.body;
    const entry: LedgerComment = {
      contents: [content],
      deleteTried: false,
      deleteAcknowledged: false,
    };
    video.comments.set(id, entry);
    if (chance(0.3)) {
      const changed = `second of ${videoId}`;
      const { status } = await call("update comment", rest.updateComment(id, changed));
      entry.contents = status === 200 ? [changed] : [content, changed];
    }
    if (chance(0.2)) {
      entry.deleteTried = true;
      const { status } = await call("delete comment", rest.deleteComment(id));
      entry.deleteAcknowledged = status === 200;
    }
  }

  async function deleteVideo(id: string, video: LedgerVideo): Promise<void> {
    video.deleteTried = true;
    const { status } = await call("delete video", rest.deleteVideo(id));
    video.deleteAcknowledged = status === 200;
  }

  async function client(): Promise<void> {
    while (tried < uploads || !mayEnd) {
      tried++;
      const id = await upload();
      const video = ledger.videos.get(id ?? "");
      if (id !== undefined && video !== undefined) {
        await comment(id, video);
        // Comments race with the delete of their video, too.
        const deleting = chance(0.2) ? deleteVideo(id, video) : undefined;
        await Promise.all([deleting, chance(0.5) ? comment(id, video) : undefined]);
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  await Promise.all(Array.from({ length: clients }, client));
  return ledger;
}

/** Calls by kind and status, as one line each: `upload: 200 x 190, 503 x 10`. */
export function describeCalls({ calls }: Ledger): string[] {
  return [...calls].map(([kind, statuses]) => {
    const parts = [...statuses].sort(([a], [b]) => a - b).map(([status, n]) => `${status} x ${n}`);
    return `${kind}: ${parts.join(", ")}`;
  });
}
