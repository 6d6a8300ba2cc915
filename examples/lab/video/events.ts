// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { createCodec } from "@labwire/protokit";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";
import type { OutboxEvent } from "./store.ts";

const codec = createCodec(HandleVideoCreatedRequestSchema);

/** The event of a new upload: scale 0 asks for all renditions. Keyed by the video's id. */
export function videoCreated(topic: string, id: string, url: string): OutboxEvent {
  const message = create(HandleVideoCreatedRequestSchema, { id, url, scale: 0 });
  return { topic, key: id, value: codec.encode(message) };
}
