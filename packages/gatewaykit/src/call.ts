// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  DescMessage,
  DescMethodStreaming,
  MessageInitShape,
  MessageShape,
  Registry,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { GatewayRequest, GatewayResponse } from "./exchange.ts";
import type { HttpBinding } from "./http-rule.ts";
import { requestMetadata, requestTimeoutMs, writeResponseMetadata } from "./metadata.ts";
import { readBody } from "./read-body.ts";
import { readRequestMessage } from "./request-message.ts";
import { toResponseJson } from "./response-json.ts";

/** What all routes of a gateway share. */
export interface RouteContext {
  transport: Transport;
  registry: Registry;
  maxRequestBytes: number;
  timeoutMs: number | undefined;
}

/** Answers a request with a unary call. Rejects with anything that `errorResponse` takes. */
export async function answerUnary(
  { transport, registry, maxRequestBytes, timeoutMs: defaultTimeoutMs }: RouteContext,
  binding: HttpBinding,
  request: GatewayRequest,
  pathValues: string[],
  query: string,
): Promise<GatewayResponse> {
  const timeoutMs = requestTimeoutMs(request.headers) ?? defaultTimeoutMs;
  const body = binding.body === undefined ? undefined : await readBody(request, maxRequestBytes);
  const parts = { body, headers: request.headers, pathValues, query };
  const input = readRequestMessage(binding, parts, registry);
  const { method, responseBody } = binding;
  const { header, message } = await transport.unary(
    method,
    request.signal,
    timeoutMs,
    requestMetadata(request),
    input,
  );
  return respond(header, toResponseJson(method.output, message, registry, responseBody));
}

/** Answers a request with a client-streaming call. Rejects as {@link answerUnary} does. */
export async function answerClientStream<I extends DescMessage, O extends DescMessage>(
  { transport, registry }: RouteContext,
  method: DescMethodStreaming<I, O>,
  request: GatewayRequest,
  signal: AbortSignal,
  messages: AsyncIterable<MessageInitShape<I>>,
): Promise<GatewayResponse> {
  // 0: no limit, also when the transport has one for all calls. Its own would cut a slow upload.
  const response = await transport.stream(method, signal, 0, requestMetadata(request), messages);
  let answer: MessageShape<O> | undefined;
  for await (const message of response.message) answer = message;
  if (answer === undefined) {
    throw new ConnectError("The server sent no message", Code.Unimplemented);
  }
  return respond(response.header, toResponseJson(method.output, answer, registry));
}

function respond(metadata: Headers, body: unknown): GatewayResponse {
  const headers = new Headers({ "content-type": "application/json" });
  writeResponseMetadata(metadata, headers);
  return { status: 200, headers, body: JSON.stringify(body) };
}
