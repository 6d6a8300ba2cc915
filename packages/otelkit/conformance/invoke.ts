// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { type Any, anyUnpack } from "@bufbuild/protobuf/wkt";
import { type CallOptions, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createWritableIterable } from "@connectrpc/connect/protocol";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { StreamType } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { appendHeaders, toHeaderList } from "./header-list.ts";
import { fromConnectError } from "./wire-error.ts";

interface Answer {
  payload?: ConformancePayload | undefined;
}

/** Makes the call that a test case describes, and reports what came back. It throws on no call error. */
export async function invoke(
  request: ClientCompatRequest,
  transport: Transport,
): Promise<ClientResponseResult> {
  const result = create(ClientResponseResultSchema);
  const call = new AbortController();
  const options: CallOptions = {
    headers: appendHeaders(new Headers(), request.requestHeaders),
    signal: call.signal,
    onHeader(headers) {
      result.responseHeaders = toHeaderList(headers);
    },
    onTrailer(trailers) {
      result.responseTrailers = toHeaderList(trailers);
    },
  };
  if (request.timeoutMs !== undefined) options.timeoutMs = request.timeoutMs;
  const { cancelTiming } = request.cancel ?? {};
  const sent = { count: 0 };
  try {
    for await (const { payload } of answers()) {
      result.payloads.push(payload ?? create(ConformancePayloadSchema));
      if (
        cancelTiming?.case === "afterNumResponses" &&
        cancelTiming.value === result.payloads.length
      ) {
        call.abort();
      }
    }
  } catch (reason) {
    const error = ConnectError.from(reason);
    result.error = fromConnectError(error);
    if (result.responseTrailers.length === 0)
      result.responseTrailers = toHeaderList(error.metadata);
    result.numUnsentRequests = request.requestMessages.length - sent.count;
  }
  return result;

  async function* answers(): AsyncGenerator<Answer> {
    const client = createClient(ConformanceService, transport);
    switch (request.method) {
      case "Unary":
        return yield await afterSending(client.unary(only(UnaryRequestSchema), options));
      case "IdempotentUnary":
        return yield await afterSending(
          client.idempotentUnary(only(IdempotentUnaryRequestSchema), options),
        );
      case "Unimplemented":
        await afterSending(client.unimplemented(only(UnimplementedRequestSchema), options));
        return yield {};
      case "ServerStream":
        return yield* afterSending(client.serverStream(only(ServerStreamRequestSchema), options));
      case "ClientStream":
        return yield await client.clientStream(all(ClientStreamRequestSchema), options);
      case "BidiStream":
        if (request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM) return yield* inTurns();
        return yield* client.bidiStream(all(BidiStreamRequestSchema), options);
      default:
        throw new Error(`Cannot call method '${request.method}'`);
    }

    /** One answer after each request, then the rest. */
    async function* inTurns(): AsyncGenerator<Answer> {
      const requests = createWritableIterable<MessageShape<typeof BidiStreamRequestSchema>>();
      const responses = client.bidiStream(requests, options)[Symbol.asyncIterator]();
      // The call may fail at any time, also when neither of the two is waited for.
      const next = () => handled(responses.next());
      let response = next();
      try {
        for await (const message of all(BidiStreamRequestSchema)) {
          // A call that has failed takes no more requests.
          await Promise.race([handled(requests.write(message)), response]);
          const { done, value } = await response;
          if (done) return;
          yield value;
          response = next();
        }
      } finally {
        requests.close();
      }
      for (let last = await response; !last.done; last = await next()) yield last.value;
    }
  }

  function only<T extends DescMessage>(schema: T): MessageShape<T> {
    const [message] = request.requestMessages;
    if (message === undefined || request.requestMessages.length > 1) {
      throw new Error(
        `Cannot send ${request.requestMessages.length} messages by ${request.method}`,
      );
    }
    sent.count++;
    return unpack(message, schema);
  }

  async function* all<T extends DescMessage>(schema: T): AsyncGenerator<MessageShape<T>> {
    for (const message of request.requestMessages) {
      await delay(request.requestDelayMs);
      sent.count++;
      yield unpack(message, schema);
    }
    if (cancelTiming?.case === "beforeCloseSend") call.abort();
    afterSending(undefined);
  }

  /** Cancels the call when that is due at some time after the last request. */
  function afterSending<T>(started: T): T {
    const isDue = request.cancel !== undefined && cancelTiming?.case === undefined;
    if (isDue) call.abort();
    if (cancelTiming?.case === "afterCloseSendMs")
      setTimeout(() => call.abort(), cancelTiming.value);
    return started;
  }
}

/** Keeps a promise that is awaited later from ending the process when it is rejected before. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function unpack<T extends DescMessage>(message: Any, schema: T): MessageShape<T> {
  const unpacked = anyUnpack(message, schema);
  if (unpacked === undefined) {
    throw new Error(`Cannot send '${message.typeUrl}' where ${schema.typeName} is wanted`);
  }
  return unpacked;
}
