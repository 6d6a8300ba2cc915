// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";

/**
 * The code that a server's caller gets when a handler throws `error`. Connect answers `internal`
 * for whatever is not a ConnectError, AbortErrors included. When the caller was gone before the
 * handler threw, its going is the status.
 */
export function serverErrorCode(error: unknown, signal: AbortSignal): Code {
  return abortedServerCode(signal) ?? (isConnectError(error) ? error.code : Code.Internal);
}

/**
 * The code of a server call whose signal is aborted: `deadline_exceeded`, or `canceled` as the
 * caller is gone. Undefined when it is not aborted, and when its reason is `unavailable`: that is
 * a server that shuts down, where the handler still chooses how to end the call.
 */
export function abortedServerCode(signal: AbortSignal): Code | undefined {
  if (!signal.aborted) return undefined;
  // The reasons of a connection that closed are of many kinds, some of them `internal`.
  const code = isConnectError(signal.reason) ? signal.reason.code : Code.Canceled;
  if (code === Code.Unavailable) return undefined;
  return code === Code.DeadlineExceeded ? code : Code.Canceled;
}

/** The code that a client's caller gets: when the signal is aborted, its reason and not `error`. */
export function clientErrorCode(error: unknown, signal: AbortSignal): Code {
  const fallback = signal.aborted ? Code.Canceled : Code.Unknown;
  try {
    return ConnectError.from(signal.aborted ? signal.reason : error, fallback).code;
  } catch {
    // What cannot be made a string.
    return fallback;
  }
}

/** The words of an error, without its code. */
export function messageOf(error: unknown): string | undefined {
  try {
    if (error instanceof ConnectError) return error.rawMessage;
    return error instanceof Error ? error.message : undefined;
  } catch {
    return undefined;
  }
}

/** Also of what throws when it is looked at, as a Proxy may. */
export function isConnectError(error: unknown): error is ConnectError {
  try {
    return error instanceof ConnectError;
  } catch {
    return false;
  }
}
