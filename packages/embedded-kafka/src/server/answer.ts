// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { unsupportedApiVersions } from "../handlers/api-versions.ts";
import type { ConnectionContext, RequestContext } from "../handlers/handler.ts";
import { handlers } from "../handlers/handlers.ts";
import { type ApiId, apiByKey } from "../protocol/apis.ts";
import { decode, encode } from "../protocol/codec.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { MalformedError, Reader } from "../protocol/reader.ts";
import type { Api } from "../protocol/schema.ts";
import { Writer } from "../protocol/writer.ts";
import { answerToken, refuseDuringExchange } from "../security/answer-token.ts";

/**
 * A handler of whichever request it is. Schema and handler come from the same entry of the table:
 * their types agree, which TypeScript cannot follow through a lookup.
 */
type AnyHandler = (
  request: object,
  context: RequestContext,
) => object | null | Promise<object | null>;

/**
 * Answers one request: the frame of the response in chunks, or null for no answer. A promise only
 * when the request has to wait for something.
 *
 * @throws {MalformedError} when the bytes are no request that is served
 */
export function answer(
  frame: Buffer,
  connection: ConnectionContext,
): Buffer[] | null | Promise<Buffer[] | null> {
  const { session } = connection;
  if (session?.takesTokens) return answerToken(frame, session);
  const reader = new Reader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const found = apiByKey.get(key);
  const handler = found && (handlers[found[0]] as AnyHandler | undefined);
  if (!handler) throw new MalformedError(`Cannot answer a request with the api key ${key}`);
  const [name, api] = found;
  if (version < api.served[0] || version > api.served[1]) {
    if (name !== "apiVersions") {
      throw new MalformedError(`Cannot answer version ${version} of ${name}`);
    }
    return write(found, version, correlationId, unsupportedApiVersions());
  }
  session?.admit(name);
  const isRefused = session?.isExchanging && name !== "saslAuthenticate";
  let handle = isRefused ? (refuseDuringExchange(name) as AnyHandler) : handler;
  const { requestFaults } = connection.cluster;
  if (requestFaults.isSet) handle = requestFaults.around(name, handle);
  const flexible = version >= api.flexibleSince;
  const clientId = readHeader(reader, flexible);
  connection.lastClientId = clientId;
  const request = decode(reader, api.request, version, flexible);
  const response = handle(request, { ...connection, version, clientId });
  if (response instanceof Promise) {
    return response.then((waited) => waited && write(found, version, correlationId, waited));
  }
  return response && write(found, version, correlationId, response);
}

function write(
  [name, api]: readonly [ApiId, Api],
  askedVersion: number,
  correlationId: number,
  response: { readonly errorCode?: number },
): Buffer[] {
  const isUnsupported = response.errorCode === errorCodes.UNSUPPORTED_VERSION;
  // The client must be able to read which versions there are (KIP-511).
  const version = name === "apiVersions" && isUnsupported ? 0 : askedVersion;
  const flexible = version >= api.flexibleSince;
  const writer = new Writer();
  writer.int32(correlationId);
  // The header of an ApiVersions response has no tagged fields, whatever its version (KIP-511).
  if (flexible && name !== "apiVersions") writer.varint(0);
  encode(writer, api.response, version, flexible, response as never);
  return writer.finish();
}

/** The client's id, which is all that is left in the header. */
function readHeader(reader: Reader, flexible: boolean): string {
  const length = reader.int16(); // Not compact, even in flexible headers.
  const clientId = length < 0 ? "" : reader.string(length);
  if (flexible) {
    for (let count = reader.varint(); count > 0; count--) {
      reader.varint();
      reader.bytes(reader.varint());
    }
  }
  return clientId;
}
