// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import type { RealLab } from "./real-lab.testing.ts";

export const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));

export interface RestVideo {
  readonly id: string;
  readonly status: string;
  readonly url: string;
  readonly variants: Readonly<Record<string, string>>;
}

export interface RestComment {
  readonly id: string;
  readonly videoId: string;
  readonly content: string;
}

/** What a client learnt of a call; status 0 when there was no answer. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly tookMs: number;
}

/** The lab's REST API, as a client of the two gateways. No call throws. */
export interface Rest {
  upload(bytes?: Uint8Array<ArrayBuffer>): Promise<Answer<{ id: string }>>;
  video(id: string): Promise<Answer<RestVideo>>;
  /** Default all. */
  videos(limit?: number): Promise<Answer<{ videos: RestVideo[] }>>;
  deleteVideo(id: string): Promise<Answer<unknown>>;
  comment(videoId: string, content: string): Promise<Answer<{ id: string }>>;
  comments(videoId: string): Promise<Answer<{ comments: RestComment[] }>>;
  updateComment(id: string, content: string): Promise<Answer<RestComment>>;
  deleteComment(id: string): Promise<Answer<unknown>>;
}

// Longer than any deadline inside the lab: what has no answer by then hangs.
const deadlineMs = 60_000;

export function restClient(lab: RealLab): Rest {
  const videos = `${lab.url("video-gateway", "HTTP")}/v1/videos`;
  const comments = `${lab.url("comment-gateway", "HTTP")}/v1/comments`;

  async function send<Body>(
    method: string,
    url: string,
    body?: FormData | string,
  ): Promise<Answer<Body>> {
    const started = performance.now();
    const tookMs = () => performance.now() - started;
    try {
      const signal = AbortSignal.timeout(deadlineMs);
      const response = await fetch(url, { method, signal, ...(body && { body }) });
      const answer = (await response.json()) as Body;
      return { status: response.status, body: answer, tookMs: tookMs() };
    } catch (error) {
      return { status: 0, body: { error: String(error) } as Body, tookMs: tookMs() };
    }
  }

  return {
    upload: (bytes = sample) => {
      const form = new FormData();
      form.append("file", new Blob([bytes]), "sample.mp4");
      return send("POST", videos, form);
    },
    video: (id) => send("GET", `${videos}/${id}`),
    videos: (limit = 0) => send("GET", `${videos}?limit=${limit}`),
    deleteVideo: (id) => send("DELETE", `${videos}/${id}`),
    comment: (videoId, content) => send("POST", comments, JSON.stringify({ videoId, content })),
    comments: (videoId) => send("GET", `${comments}/${videoId}`),
    updateComment: (id, content) => send("PUT", `${comments}/${id}`, JSON.stringify({ content })),
    deleteComment: (id) => send("DELETE", `${comments}/${id}`),
  };
}
