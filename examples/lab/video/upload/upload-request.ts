// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { UploadVideoRequest } from "../../gen/video/pb/message_pb.ts";

/** An upload whose header has come. */
export interface IncomingUpload {
  readonly filename: string;
  /**
   * The file's bytes, to be read once. They end with an error when the stream breaks the rules, so
   * what was stored of them until then must go.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Reads the stream of an upload: the header first and once, then chunks.
 *
 * @throws ConnectError InvalidArgument when the stream is anything else, when the file is empty,
 * or when it is not as long as declared; ResourceExhausted when it is longer than `maxBytes`.
 */
export async function readUpload(
  requests: AsyncIterable<UploadVideoRequest>,
  maxBytes: number,
): Promise<IncomingUpload> {
  const iterator = requests[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done || first.value.data.case !== "header") {
    throw invalid("the first message must be the header");
  }
  const { filename, size: declared } = first.value.data.value;
  if (filename === "") throw invalid("the filename is empty");
  if (declared > BigInt(maxBytes)) throw tooLarge(maxBytes);

  async function* readChunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) break;
      if (value.data.case !== "chunkData") {
        throw invalid("every message after the header must be a chunk");
      }
      received += value.data.value.length;
      if (received > maxBytes) throw tooLarge(maxBytes);
      yield value.data.value;
    }
    if (received === 0) throw invalid("the file is empty");
    if (declared !== 0n && declared !== BigInt(received)) {
      throw invalid(`the header says ${declared} bytes, but ${received} came`);
    }
  }

  return { filename, chunks: readChunks() };
}

function invalid(reason: string): ConnectError {
  return new ConnectError(`invalid upload: ${reason}`, Code.InvalidArgument);
}

// gRPC's own code for what is too large. REST clients get 413 from the gateway, which has the same
// limit and stops the file before it comes here.
function tooLarge(maxBytes: number): ConnectError {
  return new ConnectError(`file is larger than ${maxBytes} bytes`, Code.ResourceExhausted);
}
