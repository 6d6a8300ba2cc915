// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, DescMethodClientStreaming, MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { createBreakableCall } from "./breakable-call.ts";
import { answerClientStream, type RouteContext } from "./call.ts";
import type { GatewayRequest, GatewayResponse } from "./exchange.ts";
import { createFormParser, type FormFile } from "./form-parser.ts";
import { HttpError } from "./http-error.ts";
import { joinChunks } from "./join-chunks.ts";
import { requestTimeoutMs } from "./metadata.ts";
import { checkDeclaredLength, limitBytes } from "./read-body.ts";

/** A route that {@link formUpload} made, for `createGateway`. */
export interface Upload {
  /** Path of the route. */
  readonly path: string;
  /** The RPC behind it. */
  readonly method: DescMethodClientStreaming;
  /** Answers a request: the gateway calls this. */
  answer(request: GatewayRequest, context: RouteContext): Promise<GatewayResponse>;
}

/** What a form says of its file. */
export type UploadedFile = Pick<FormFile, "filename" | "contentType">;

/** Options of {@link formUpload}. */
export interface FormUploadOptions<
  I extends DescMessage,
  O extends DescMessage,
  Header = MessageInitShape<I>,
  Chunk = MessageInitShape<I>,
> {
  /** Path of the route, such as `/v1/videos`. Its HTTP method is POST. */
  path: string;
  /** The RPC that the file is streamed into; its response is the answer, as JSON. */
  method: DescMethodClientStreaming<I, O>;
  /** Name of the form's field that holds the file. Other fields are dropped. */
  field: string;
  /**
   * How large the file may be, in bytes; a larger one is answered 413, and the RPC cancelled. No
   * default, as only the service knows what it has room for.
   */
  maxBytes: number;
  /** Makes the first message. The form does not tell how large the file is. */
  header: (file: UploadedFile) => Header;
  /** Makes the messages after it, of at most 64 KiB of the file each; none of an empty file. */
  chunk: (bytes: Uint8Array<ArrayBuffer>) => Chunk;
}

/** What a chunk holds, in bytes: large enough that messages cost little, small to keep in memory. */
const chunkBytes = 64 * 1024;

/**
 * Makes a route that streams one file of a `multipart/form-data` body into a client-streaming RPC,
 * as it comes in: memory stays the same whatever the size, and a slow server slows the client.
 *
 * The RPC's request stream ends properly only after the whole form came in, to its final boundary.
 * When the client goes away, the form is malformed or the file too large, the server reads an error
 * instead, so that it can drop what it has.
 */
export function formUpload<
  I extends DescMessage,
  O extends DescMessage,
  // Without `const`, TypeScript takes `case: "header"` for any string.
  const Header extends MessageInitShape<I>,
  const Chunk extends MessageInitShape<I>,
>({
  path,
  method,
  field,
  maxBytes,
  header,
  chunk,
}: FormUploadOptions<I, O, Header, Chunk>): Upload {
  return {
    path,
    method,
    async answer(request, context) {
      const maxFormBytes = maxBytes + context.maxRequestBytes;
      checkDeclaredLength(request, maxFormBytes);
      const parser = createFormParser(request.headers, field);
      const timeoutMs = requestTimeoutMs(request.headers);

      using call = createBreakableCall(request.signal, timeoutMs);
      const parsed = parser.parse(limitBytes(request.body, maxFormBytes), call.broken);
      parsed.catch(call.break);
      const file = await parser.file;
      if (file === undefined) {
        await parsed;
        const reason = `Cannot upload as the form has no file in the field '${field}'`;
        throw new HttpError(400, Code.InvalidArgument, reason);
      }

      async function* messages({ filename, contentType, content }: FormFile) {
        yield header({ filename, contentType });
        const limited = limitFile(filename, content, maxBytes);
        for await (const bytes of joinChunks(limited, chunkBytes)) yield chunk(bytes);
        await parsed;
      }

      const stream = call.guard(method.input, messages(file));
      const answer = answerClientStream(context, method, request, call.signal, stream);
      return await answer.finally(() => call.broken.throwIfAborted());
    },
  };
}

async function* limitFile(
  filename: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const bytes of content) {
    length += bytes.byteLength;
    if (length > maxBytes) {
      const reason = `Cannot upload '${filename}' as it is larger than ${maxBytes} bytes`;
      throw new HttpError(413, Code.ResourceExhausted, reason);
    }
    yield bytes;
  }
}
