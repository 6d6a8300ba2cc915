// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, Client, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { EchoService } from "@labwire/testdata/echo";

/** The kinds of RPC. */
export type Kind = "unary" | "client" | "server" | "bidi";

export const kinds: readonly Kind[] = ["unary", "client", "server", "bidi"];

export const methodNames: Record<Kind, string> = {
  unary: "labwire.testdata.v1.EchoService/Unary",
  client: "labwire.testdata.v1.EchoService/ClientStream",
  server: "labwire.testdata.v1.EchoService/ServerStream",
  bidi: "labwire.testdata.v1.EchoService/BidiStream",
};

export const streamsRequests = (kind: Kind): boolean => kind === "client" || kind === "bidi";
export const streamsResponses = (kind: Kind): boolean => kind === "server" || kind === "bidi";

export interface Text {
  text: string;
}

/** What a handler of any kind does. The last response is the one where there is but one. */
export type Behaviour = (
  requests: AsyncIterable<Text>,
  context: HandlerContext,
) => AsyncIterable<Text>;

/** One behaviour as the implementation of all four kinds. */
export function implement(behave: Behaviour): Partial<ServiceImpl<typeof EchoService>> {
  return {
    unary: (request, context) => lastOf(behave(iterate([request]), context)),
    unaryIdempotent: (request, context) => lastOf(behave(iterate([request]), context)),
    clientStream: async (requests, context) => {
      const { text } = await lastOf(behave(requests, context));
      return { texts: [text] };
    },
    serverStream: (request, context) => behave(iterate([request]), context),
    bidiStream: behave,
  };
}

/**
 * Makes a call of any kind, or of the unary method that may be a GET request. A single request is
 * the first of `requests`.
 */
export async function* makeCall(
  client: Client<typeof EchoService>,
  kind: Kind | "idempotent",
  requests: AsyncIterable<Text>,
  options: CallOptions,
): AsyncIterable<Text> {
  if (kind === "unary") yield await client.unary(await firstOf(requests), options);
  else if (kind === "idempotent")
    yield await client.unaryIdempotent(await firstOf(requests), options);
  else if (kind === "server") yield* client.serverStream(await firstOf(requests), options);
  else if (kind === "bidi") yield* client.bidiStream(requests, options);
  else {
    const { texts } = await client.clientStream(requests, options);
    yield { text: texts.join() };
  }
}

/** Makes a call of a stream of responses and reads none of them. */
export async function beginCall(
  client: Client<typeof EchoService>,
  kind: Kind,
  requests: AsyncIterable<Text>,
  options: CallOptions,
): Promise<void> {
  if (kind === "bidi") client.bidiStream(requests, options);
  else client.serverStream(await firstOf(requests), options);
}

export async function* iterate<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

async function firstOf(items: AsyncIterable<Text>): Promise<Text> {
  for await (const item of items) return item;
  return { text: "" };
}

async function lastOf(items: AsyncIterable<Text>): Promise<Text> {
  let last: Text = { text: "" };
  for await (const item of items) last = item;
  return last;
}
