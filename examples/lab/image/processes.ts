// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Every process of the image, by the argument that chooses it. The modules are those that run from
 * source too; importing one runs it.
 */
export const processes = {
  "comment-api": () => import("../comment/main.ts"),
  "comment-gateway": () => import("../gateway/main.comment.ts"),
  "comment-migration": () => import("../comment/migration/main.ts"),
  "video-api": () => import("../video/main.ts"),
  "video-gateway": () => import("../gateway/main.video.ts"),
  "video-stream": () => import("../stream/main.ts"),
} as const;
