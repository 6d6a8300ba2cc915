// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import type { CallTarget } from "../calls/call-target.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { statusName } from "./semconv-status.ts";

/**
 * Whose spelling the preset `grpc` has: `go` is go-grpc-prometheus's, such as `unary` and
 * `NotFound`; `python` is py-grpc-prometheus's, such as `UNARY` and `NOT_FOUND`.
 */
export type GrpcSpelling = "go" | "python";

/** @throws {OtelkitError} with code `invalid_option` when it is neither. */
export function assertGrpcSpelling(spelling: string): asserts spelling is GrpcSpelling {
  if (spelling === "go" || spelling === "python") return;
  throw new OtelkitError(
    `Cannot measure calls as 'grpcSpelling' must be 'go' or 'python': current value is '${spelling}'`,
    { code: "invalid_option" },
  );
}

const goTypes = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const;

/** Value of `grpc_type`. */
export function grpcType(spelling: GrpcSpelling, kind: CallTarget["kind"]): string {
  const type = spelling === "go" ? kind && goTypes[kind] : kind;
  return spell(spelling, type ?? "unknown");
}

/** Value of `grpc_service` and `grpc_method` for a path that no service has. */
export function grpcUnknown(spelling: GrpcSpelling): string {
  return spell(spelling, "unknown");
}

/** Value of `grpc_code`: `OK` for a success. */
export function grpcCode(spelling: GrpcSpelling, code: Code | undefined): string {
  if (code === undefined) return "OK";
  return spelling === "go" ? Code[code] : statusName("grpc", code);
}

function spell(spelling: GrpcSpelling, word: string): string {
  return spelling === "go" ? word : word.toUpperCase();
}
