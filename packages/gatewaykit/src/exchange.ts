// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** An HTTP request, the same from every server: what `node` and `fetch` make of theirs. */
export interface GatewayRequest {
  /** HTTP method, in the case it was sent in. */
  method: string;
  /** Path and query as sent, percent-encoded. */
  target: string;
  headers: Headers;
  /** Address of the client, when the server tells. */
  remoteAddress: string | undefined;
  /** Aborted when the client went away. */
  signal: AbortSignal;
  /**
   * Chunks of the body, read as they are asked for. Leaving the loop early ends neither the request
   * nor its connection: an answer can still be sent.
   */
  body: AsyncIterable<Uint8Array>;
}

/** An HTTP response, whole: everything this package answers is small. */
export interface GatewayResponse {
  status: number;
  headers: Headers;
  /** JSON text. */
  body: string;
}
