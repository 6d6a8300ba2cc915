// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { formUpload } from "@labwire/gatewaykit";
import { Video } from "../gen/video/pb/rpc_pb.ts";

/** `POST /v1/videos` with the form field `file`, streamed into `UploadVideo` as it arrives. */
export function videoUpload(maxBytes: number) {
  return formUpload({
    path: "/v1/videos",
    method: Video.method.uploadVideo,
    field: "file",
    maxBytes,
    // A form part carries no length: 0 says that it is not known yet.
    header: ({ filename }) => ({ data: { case: "header", value: { filename, size: 0n } } }),
    chunk: (bytes) => ({ data: { case: "chunkData", value: bytes } }),
  });
}
