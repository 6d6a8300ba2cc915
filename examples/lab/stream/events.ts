// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Topic } from "@labwire/kafkakit";
import { topic } from "@labwire/kafkakit";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";

/**
 * Events for one scale of a video each. Keyed by both, as by the id alone the four of a video would
 * share a partition, and wait for each other.
 */
export function scaleEvents(name: string): Topic<typeof HandleVideoCreatedRequestSchema> {
  return topic(name, HandleVideoCreatedRequestSchema, {
    key: ({ id, scale }) => `${id}:${scale}`,
  });
}
