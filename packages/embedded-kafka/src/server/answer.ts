// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { unsupportedApiVersions } from "../handlers/api-versions.ts";
import type { ConnectionContext, Handler } from "../handlers/handler.ts";
import { handlers } from "../handlers/handlers.ts";
import { type ApiId, apiByKey, apis } from "../protocol/apis.ts";
import { decode, encode } from "../protocol/codec.ts";
import { MalformedError, Reader } from "../protocol/reader.ts";
import { Writer } from "../protocol/writer.ts";

/**
 * Answers one request: the frame of the response in chunks, or null for no answer.
 *
 * @throws {MalformedError} when the bytes are no request that is served
 */
export async function answer(
  frame: Buffer,
  connection: ConnectionContext,
): Promise<Buffer[] | null> {
  const reader = new Reader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const found = apiByKey.get(key);
  // One entry of the table gives the schema and the handler: their types agree, which TypeScript
  // cannot follow through a lookup.
  const handler = found && (handlers[found[0]] as Handler<ApiId> | undefined);
  if (!handler) throw new MalformedError(`Cannot answer a request with the api key ${key}`);
  const [name, api] = found;
  if (version < api.served[0] || version > api.served[1]) {
    if (name !== "apiVersions") {
      throw new MalformedError(`Cannot answer version ${version} of ${name}`);
    }
    const writer = new Writer();
    writer.int32(correlationId);
    encode(writer, apis.apiVersions.response, 0, false, unsupportedApiVersions());
    return writer.finish();
  }
  const flexible = version >= api.flexibleSince;
  const { clientId } = readHeader(reader, flexible);
  const request = decode(reader, api.request, version, flexible);
  const response = await handler(request as never, { ...connection, version, clientId });
  if (response === null) return null;
  const writer = new Writer();
  writer.int32(correlationId);
  // The header of an ApiVersions response has no tagged fields, whatever its version (KIP-511).
  if (flexible && name !== "apiVersions") writer.varint(0);
  encode(writer, api.response, version, flexible, response as never);
  return writer.finish();
}

function readHeader(reader: Reader, flexible: boolean): { clientId: string } {
  const length = reader.int16(); // Not compact, even in flexible headers.
  const clientId = length < 0 ? "" : reader.string(length);
  if (flexible) {
    for (let count = reader.varint(); count > 0; count--) {
      reader.varint();
      reader.bytes(reader.varint());
    }
  }
  return { clientId };
}
