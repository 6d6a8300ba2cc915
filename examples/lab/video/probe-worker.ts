// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { parentPort } from "node:worker_threads";
import { CustomSource, Input, MATROSKA, MP4, MPEG_TS, OGG, QTFF, WEBM } from "mediabunny";
import type { Probed } from "./probe.ts";

/** What the process tells the thread. */
export type ProbeQuestion =
  | { readonly kind: "probe"; readonly size: number }
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: Uint8Array };

/** What the thread tells the process: the result, what is known so far, or which bytes it must see. */
export type ProbeAnswer =
  | { readonly kind: "probed" | "known"; readonly probed: Probed }
  | { readonly kind: "read"; readonly id: number; readonly start: number; readonly end: number };

// Not mediabunny's ALL_FORMATS: a playlist names other files, which nobody has uploaded.
const formats = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS, OGG];

const port = parentPort;
const reads = new Map<number, (bytes: Uint8Array) => void>();
let lastRead = 0;

port?.on("message", async (question: ProbeQuestion) => {
  if (question.kind === "probe") {
    reads.clear();
    tell({ kind: "probed", probed: await probe(question.size) });
  } else {
    reads.get(question.id)?.(question.bytes);
    reads.delete(question.id);
  }
});

function tell(answer: ProbeAnswer): void {
  port?.postMessage(answer);
}

function read(start: number, end: number): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const id = ++lastRead;
    reads.set(id, resolve);
    tell({ kind: "read", id, start, end });
  });
}

async function probe(size: number): Promise<Probed> {
  const source = new CustomSource({ getSize: () => size, read });
  const input = new Input({ formats, source });
  let probed: Probed = { width: 0, height: 0, duration: 0 };
  try {
    const video = await input.getPrimaryVideoTrack();
    if (video === null) return probed;
    const width = whole(await video.getDisplayWidth());
    const height = whole(await video.getDisplayHeight());
    probed = { width, height, duration: positive((await input.getDurationFromMetadata()) ?? 0) };
    if (probed.duration > 0) return probed;
    // A recording that was streamed does not say how long it is: that takes reading on.
    tell({ kind: "known", probed });
    return { ...probed, duration: positive(await input.computeDuration()) };
  } catch {
    return probed;
  } finally {
    input.dispose();
  }
}

// The numbers are the uploader's word: they must fit the fields that they go to.
function whole(pixels: number): number {
  return Math.min(Math.round(positive(pixels)), 0xffff_ffff);
}

function positive(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}
