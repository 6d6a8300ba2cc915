// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { commentApiVariables, commentMigrationVariables } from "../comment/config.ts";
import { commentGatewayVariables, videoGatewayVariables } from "../gateway/config.ts";
import type { processes } from "../image/processes.ts";
import type { Variables } from "../kit/config.ts";
import { videoStreamVariables } from "../stream/config.ts";
import { videoApiVariables } from "../video/config.ts";

/** What each process of the image reads. */
export const processVariables: Readonly<Record<keyof typeof processes, Variables>> = {
  "comment-api": commentApiVariables,
  "comment-gateway": commentGatewayVariables,
  "comment-migration": commentMigrationVariables,
  "video-api": videoApiVariables,
  "video-gateway": videoGatewayVariables,
  "video-stream": videoStreamVariables,
};
