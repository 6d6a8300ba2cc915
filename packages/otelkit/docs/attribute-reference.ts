// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What the attributes of the presets for calls are. */
export const callAttributes: Readonly<Record<string, string>> = {
  "rpc.system.name": "`grpc` (gRPC and gRPC-Web) or `connectrpc`",
  "rpc.method":
    "`pkg.Service/Method`, with `otelconnect` the method alone; `_OTHER` for a path that no service has",
  "rpc.status_code":
    "`OK`, or the code as its system spells it: `NOT_FOUND` with gRPC, `not_found` with Connect",
  "error.type":
    "the same code, only for a failure: any error on a client; on a server `unknown`, `deadline_exceeded`, `unimplemented`, `internal`, `unavailable` and `data_loss`, since the rest is the caller's doing",
  "server.address": "host of the transport's `baseUrl`",
  "server.port": "port of the transport's `baseUrl`",
  grpc_type:
    "`unary`, `client_stream`, `server_stream`, `bidi_stream`, or `unknown` for a path that no service has; in Python's spelling `UNARY`, `CLIENT_STREAMING`, `SERVER_STREAMING`, `BIDI_STREAMING`, `UNKNOWN`",
  grpc_service: "`pkg.Service`, or `unknown`",
  grpc_method: "the method alone, or `unknown`",
  grpc_code: "`OK`, or the code: `NotFound`, in Python's spelling `NOT_FOUND`",
  "rpc.system": "`grpc` (gRPC and gRPC-Web) or `connect_rpc`",
  "rpc.service": "`pkg.Service`, not there for a path that no service has",
  "net.peer.name": "host of the transport's `baseUrl`",
  "net.peer.port": "port of the transport's `baseUrl`",
  "rpc.grpc.status_code": "with gRPC, the number of the code; 0 for a success",
  "rpc.connect_rpc.error_code": "with Connect, the code of an error such as `not_found`",
  FullMethod: "`/pkg.Service/Method`, or `/_OTHER`",
};
