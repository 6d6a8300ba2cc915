// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { Address } from "../address.ts";
import { httpUrl } from "../address.ts";
import { lostConnectionInterceptor } from "./lost-connection.ts";

export interface RpcClientOptions {
  readonly address: Address;
  /** Deadline of each call that sets none of its own, in milliseconds. Default none. */
  readonly timeoutMs?: number;
  readonly interceptors?: Interceptor[];
}

/** gRPC over HTTP/2 without TLS. The connection is made at the first call, and again when lost. */
export function createRpcTransport(options: RpcClientOptions): Transport {
  const { address, timeoutMs, interceptors = [] } = options;
  return createGrpcTransport({
    baseUrl: httpUrl(address),
    ...(timeoutMs !== undefined && { defaultTimeoutMs: timeoutMs }),
    interceptors: [...interceptors, lostConnectionInterceptor],
  });
}
