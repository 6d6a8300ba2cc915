// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import type { ClientCompatRequest } from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import {
  Codec,
  Compression,
  HTTPVersion,
  Protocol,
} from "./gen/connectrpc/conformance/v1/config_pb.ts";
import { jsonOptions } from "./json-options.ts";

/** A transport as a test case wants it, with a connection of its own, which disposing it closes. */
export function createTransport(
  request: ClientCompatRequest,
  interceptors: Interceptor[],
): { transport: Transport } & Disposable {
  const { serverTlsCert, clientTlsCreds, protocol } = request;
  const isTls = serverTlsCert.length > 0;
  const baseUrl = `${isTls ? "https" : "http"}://${request.host}:${request.port}`;
  const tls = isTls && {
    ca: Buffer.from(serverTlsCert),
    ...(clientTlsCreds && {
      cert: Buffer.from(clientTlsCreds.cert),
      key: Buffer.from(clientTlsCreds.key),
    }),
  };
  const sendCompression = compressionOf(request.compression);
  const common = {
    baseUrl,
    interceptors,
    jsonOptions,
    useBinaryFormat: request.codec === Codec.PROTO,
    readMaxBytes: request.messageReceiveLimit || undefined,
    acceptCompression: sendCompression ? [sendCompression] : [],
    // Small messages stay uncompressed by default, and most cases have only such.
    ...(sendCompression && { sendCompression, compressMinBytes: 0 }),
  };
  const sessionManager = new Http2SessionManager(baseUrl, {}, tls || {});
  const node =
    request.httpVersion === HTTPVersion.HTTP_VERSION_1
      ? { httpVersion: "1.1" as const, nodeOptions: tls || {} }
      : { httpVersion: "2" as const, sessionManager };

  return { transport: create(), [Symbol.dispose]: () => sessionManager.abort() };

  function create(): Transport {
    switch (protocol) {
      case Protocol.CONNECT:
        return createConnectTransport({
          ...common,
          ...node,
          useHttpGet: request.useGetHttpMethod,
        });
      case Protocol.GRPC:
        return createGrpcTransport({ ...common, sessionManager });
      case Protocol.GRPC_WEB:
        return createGrpcWebTransport({ ...common, ...node });
      default:
        throw new Error(`Cannot call by protocol '${protocol}'`);
    }
  }
}

function compressionOf(compression: Compression) {
  switch (compression) {
    case Compression.GZIP:
      return compressionGzip;
    case Compression.BR:
      return compressionBrotli;
    case Compression.IDENTITY:
    case Compression.UNSPECIFIED:
      return undefined;
    default:
      throw new Error(`Cannot compress by '${compression}'`);
  }
}
