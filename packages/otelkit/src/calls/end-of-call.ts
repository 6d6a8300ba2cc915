// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { codeFromHttpStatus, codeFromString } from "@connectrpc/connect/protocol-connect";
import { decompress } from "./decompress.ts";

/** How a call ended, as its caller was told. */
export interface EndOfCall {
  /** Undefined for a success. */
  readonly code: Code | undefined;
  readonly message?: string;
}

/** From the trailers of gRPC. */
export function endFromTrailer(trailer: Headers | undefined): EndOfCall {
  return endFromStatus(trailer?.get("grpc-status") ?? "", trailer?.get("grpc-message"));
}

/** From the last frame of a gRPC-Web response, whose lines are the trailers. */
export function endFromTrailerFrame(
  payload: Uint8Array,
  isCompressed: boolean,
  encoding: string | null,
): EndOfCall {
  const lines = textOf(payload, isCompressed ? encoding : null) ?? "";
  const fields = new Map<string, string>();
  for (const line of lines.split("\r\n")) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/.exec(line) ?? [];
    fields.set(name.toLowerCase(), value.trim());
  }
  return endFromStatus(fields.get("grpc-status") ?? "", fields.get("grpc-message"));
}

/** From the last frame of a Connect stream. */
export function endFromEndStream(
  payload: Uint8Array,
  isCompressed: boolean,
  encoding: string | null,
): EndOfCall {
  const end = parseObject(textOf(payload, isCompressed ? encoding : null));
  if (end === undefined) return { code: Code.Unknown };
  const { error } = end;
  // Connect's clients take null for none.
  if (error === undefined || error === null) return { code: undefined };
  return endFromError(error, Code.Unknown);
}

/** From the status of a unary Connect response, and its body when it is an error. */
export function endFromUnary(
  status: number,
  body: Uint8Array | undefined,
  encoding: string | null,
): EndOfCall {
  if (status === 200) return { code: undefined };
  const fromStatus = codeFromHttpStatus(status);
  return body === undefined
    ? { code: fromStatus }
    : endFromError(parseObject(textOf(body, encoding)), fromStatus);
}

function endFromStatus(status: string, message: string | null | undefined): EndOfCall {
  // What a receiver makes of a status that is missing.
  if (!/^\d+$/.test(status)) return { code: Code.Internal, message: "missing grpc-status" };
  if (Number(status) === 0) return { code: undefined };
  return { code: Number(status), message: decodeMessage(message) };
}

function endFromError(error: unknown, fallback: Code): EndOfCall {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return {
    code: (typeof code === "string" ? codeFromString(code) : undefined) ?? fallback,
    ...(typeof message === "string" ? { message } : {}),
  };
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array, encoding: string | null): string | undefined {
  const plain = encoding === null || encoding === "identity" ? bytes : decompress(bytes, encoding);
  return plain && new TextDecoder().decode(plain);
}

function decodeMessage(message: string | null | undefined): string | undefined {
  try {
    return message ? decodeURIComponent(message) : undefined;
  } catch {
    return message ?? undefined;
  }
}
