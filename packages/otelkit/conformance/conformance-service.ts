// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import {
  type BidiStreamRequest,
  BidiStreamRequestSchema,
  type ClientStreamRequest,
  ClientStreamRequestSchema,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  ConformanceService,
  IdempotentUnaryRequestSchema,
  type ServerStreamRequest,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { appendHeaders, toHeaderList } from "./header-list.ts";
import { toConnectError } from "./wire-error.ts";

type Payload = MessageInitShape<typeof ConformancePayloadSchema>;

/**
 * The service that the suite calls: it answers as each request tells it to, and echoes what it saw
 * of the request. The method `Unimplemented` is left out on purpose.
 */
export function conformanceRoutes(router: ConnectRouter): void {
  router.service(ConformanceService, {
    async unary(request, context) {
      const requests = [anyPack(UnaryRequestSchema, request)];
      return { payload: await answerOnce(request.responseDefinition, requests, context) };
    },
    async idempotentUnary(request, context) {
      const requests = [anyPack(IdempotentUnaryRequestSchema, request)];
      return { payload: await answerOnce(request.responseDefinition, requests, context) };
    },
    clientStream,
    serverStream,
    bidiStream,
  });
}

async function clientStream(requests: AsyncIterable<ClientStreamRequest>, context: HandlerContext) {
  let definition: UnaryResponseDefinition | undefined;
  const received: Any[] = [];
  for await (const request of requests) {
    if (received.length === 0) definition = request.responseDefinition;
    received.push(anyPack(ClientStreamRequestSchema, request));
  }
  return { payload: await answerOnce(definition, received, context) };
}

async function* serverStream(request: ServerStreamRequest, context: HandlerContext) {
  const { responseDefinition: definition } = request;
  if (definition === undefined) return;
  setMetadata(definition, context);
  yield* answerRest(definition, 0, [anyPack(ServerStreamRequestSchema, request)], context);
}

async function* bidiStream(requests: AsyncIterable<BidiStreamRequest>, context: HandlerContext) {
  let first: BidiStreamRequest | undefined;
  let received: Any[] = [];
  let sentCount = 0;
  for await (const request of requests) {
    received.push(anyPack(BidiStreamRequestSchema, request));
    if (first === undefined) {
      first = request;
      if (first.responseDefinition) setMetadata(first.responseDefinition, context);
    }
    if (!first.fullDuplex) continue;
    const data = first.responseDefinition?.responseData[sentCount];
    if (data === undefined) break;
    await sleep(first.responseDefinition?.responseDelayMs, context);
    const requestInfo =
      sentCount === 0
        ? describe(received, context)
        : create(ConformancePayload_RequestInfoSchema, { requests: received });
    yield { payload: { data, requestInfo } };
    sentCount++;
    received = [];
  }
  if (first?.responseDefinition) {
    yield* answerRest(first.responseDefinition, sentCount, received, context);
  }
}

async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  requests: Any[],
  context: HandlerContext,
): Promise<Payload> {
  const requestInfo = describe(requests, context);
  if (definition === undefined) return { requestInfo };
  setMetadata(definition, context);
  await sleep(definition.responseDelayMs, context);
  const { response } = definition;
  if (response.case === "error") throw toConnectError(response.value, requestInfo);
  return response.case === undefined ? { requestInfo } : { requestInfo, data: response.value };
}

/** All responses but the first `sentCount`, then the error. Only what comes first has the echo. */
async function* answerRest(
  { responseData, responseDelayMs, error }: StreamResponseDefinition,
  sentCount: number,
  requests: Any[],
  context: HandlerContext,
) {
  for (let index = sentCount; index < responseData.length; index++) {
    await sleep(responseDelayMs, context);
    const payload: Payload = { data: responseData[index] };
    if (index === 0) payload.requestInfo = describe(requests, context);
    yield { payload };
  }
  if (error === undefined) return;
  const isFirst = responseData.length === 0;
  throw toConnectError(error, isFirst ? describe(requests, context) : undefined);
}

function setMetadata(
  { responseHeaders, responseTrailers }: UnaryResponseDefinition | StreamResponseDefinition,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  appendHeaders(responseHeader, responseHeaders);
  appendHeaders(responseTrailer, responseTrailers);
}

function describe(requests: Any[], context: HandlerContext): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  const query = Array.from(new URL(context.url).searchParams, ([name, value]) => {
    return { name, value: [value] };
  });
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: toHeaderList(context.requestHeader),
    requests,
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.trunc(timeoutMs)) }),
    ...(context.requestMethod === "GET" && { connectGetInfo: { queryParams: query } }),
  });
}

/** Ends early when the call does, with the reason why it ended. */
async function sleep(ms: number | undefined, { signal }: HandlerContext): Promise<void> {
  if (!ms) return;
  await delay(ms, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
}
