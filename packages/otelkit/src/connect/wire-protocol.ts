// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type EndOfCall, endFromEndStream, endFromTrailerFrame } from "../calls/end-of-call.ts";

/** How a protocol frames the bodies of a call. */
export interface WireProtocol {
  /** Whether every message has a head. Otherwise a body is one message. */
  readonly isFramed: boolean;
  /** Flag of the frame that ends a response; 0 where its end is told elsewhere. */
  readonly endFlag: number;
  /** Response header that names the compression. */
  readonly encodingHeader: string;
  /** Reads the frame that ends a response. */
  readEnd?(payload: Uint8Array, isCompressed: boolean, encoding: string | null): EndOfCall;
}

const grpc: WireProtocol = { isFramed: true, endFlag: 0, encodingHeader: "grpc-encoding" };

const grpcWeb: WireProtocol = {
  isFramed: true,
  endFlag: 0x80,
  encodingHeader: "grpc-encoding",
  readEnd: endFromTrailerFrame,
};

const connectStream: WireProtocol = {
  isFramed: true,
  endFlag: 0x02,
  encodingHeader: "connect-content-encoding",
  readEnd: endFromEndStream,
};

const connectUnary: WireProtocol = {
  isFramed: false,
  endFlag: 0,
  encodingHeader: "content-encoding",
};

/** The protocol of a request, by its content type. One that no protocol has counts as Connect's. */
export function wireProtocolOf(contentType: string | null): WireProtocol {
  if (contentType?.startsWith("application/grpc-web")) return grpcWeb;
  if (contentType?.startsWith("application/grpc")) return grpc;
  return contentType?.startsWith("application/connect+") ? connectStream : connectUnary;
}
