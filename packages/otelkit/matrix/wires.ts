// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor, Transport } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  type Http2SessionManager,
} from "@connectrpc/connect-node";

/** What cells choose of a transport's options. */
export interface ClientOptions {
  readMaxBytes?: number;
  writeMaxBytes?: number;
  sendCompression?: Compression;
  compressMinBytes?: number;
  useBinaryFormat?: boolean;
  useHttpGet?: boolean;
}

interface TransportOptions extends ClientOptions {
  baseUrl: string;
  interceptors: Interceptor[];
  sessionManager?: Http2SessionManager;
}

/** A protocol over a version of HTTP. */
export interface Wire {
  name: string;
  protocol: "grpc" | "grpc-web" | "connect";
  version: "1.1" | "2";
  /** Undefined where there is no client: then there are only the cells of raw bytes. */
  createTransport?: (options: TransportOptions) => Transport;
}

export const wires: readonly Wire[] = [
  {
    name: "gRPC over HTTP/2",
    protocol: "grpc",
    version: "2",
    createTransport: createGrpcTransport,
  },
  // connect-node's server answers, though gRPC is said to need HTTP/2, and no client is known.
  { name: "gRPC over HTTP/1.1", protocol: "grpc", version: "1.1" },
  {
    name: "gRPC-Web over HTTP/2",
    protocol: "grpc-web",
    version: "2",
    createTransport: (options) => createGrpcWebTransport({ ...options, httpVersion: "2" }),
  },
  {
    name: "gRPC-Web over HTTP/1.1",
    protocol: "grpc-web",
    version: "1.1",
    createTransport: (options) => createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
  },
  {
    name: "Connect over HTTP/2",
    protocol: "connect",
    version: "2",
    createTransport: (options) => createConnectTransport({ ...options, httpVersion: "2" }),
  },
  {
    name: "Connect over HTTP/1.1",
    protocol: "connect",
    version: "1.1",
    createTransport: (options) => createConnectTransport({ ...options, httpVersion: "1.1" }),
  },
];
