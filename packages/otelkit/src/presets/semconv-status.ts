// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { CallSide, RpcSystem } from "../calls/call-target.ts";

/** Codes that are a server's own fault, by the convention: any other error is the caller's. */
const serverFaults: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** Whether the convention counts a code as a failure of this side. */
export function isFailure(side: CallSide, code: Code | undefined): boolean {
  if (code === undefined) return false;
  return side === "client" || serverFaults.has(code);
}

/**
 * Value of `rpc.status_code`: `OK` for a success; for errors each system's own spelling, such as
 * `NOT_FOUND` and `CANCELLED` with gRPC, `not_found` and `canceled` with Connect.
 */
export function statusName(system: RpcSystem, code: Code | undefined): string {
  if (code === undefined) return "OK";
  if (system === "connectrpc") return codeToString(code);
  return code === Code.Canceled ? "CANCELLED" : codeToString(code).toUpperCase();
}
