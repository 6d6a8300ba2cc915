// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import type { MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { LibraryService, type UploadCoverRequestSchema } from "@labwire/testdata/library";
import { formUpload, type Upload } from "./index.ts";

/** The route `POST /v1/covers`, with the file in the field `file`. */
export function coverUpload({ maxBytes = 1 << 20 }: { maxBytes?: number } = {}): Upload {
  return formUpload({
    path: "/v1/covers",
    method: LibraryService.method.uploadCover,
    field: "file",
    maxBytes,
    header: (file) => ({ data: { case: "header", value: file } }),
    chunk: (bytes) => ({ data: { case: "chunk", value: bytes } }),
  });
}

type Messages = AsyncIterable<MessageShape<typeof UploadCoverRequestSchema>>;

/** A server's method that takes a cover and tells how its reading ended. */
export function createCoverSink() {
  const ended = Promise.withResolvers<"whole" | "broken">();
  const started = Promise.withResolvers<void>();
  return {
    /** Resolves when the first message came. */
    started: started.promise,
    /** Resolves when the request stream ended, or failed. */
    ended: ended.promise,
    async uploadCover(messages: Messages, { signal }: HandlerContext) {
      const sha256 = createHash("sha256");
      const cover = { filename: "", contentType: "", size: 0n };
      const sizes: number[] = [];
      try {
        for await (const { data } of messages) {
          started.resolve();
          if (data.case === "header") Object.assign(cover, data.value);
          if (data.case !== "chunk") continue;
          cover.size += BigInt(data.value.byteLength);
          sizes.push(data.value.byteLength);
          sha256.update(data.value);
        }
        signal.throwIfAborted();
      } catch (error) {
        ended.resolve("broken");
        throw error;
      }
      ended.resolve("whole");
      return { ...cover, sha256: sha256.digest("hex") };
    },
  };
}
