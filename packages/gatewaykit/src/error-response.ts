// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create, createRegistry, type JsonValue, type Registry, toJson } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { AnySchema, anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { GatewayResponse } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { writeResponseMetadata } from "./metadata.ts";

const typeUrlPrefix = "type.googleapis.com/";

// grpc-gateway's runtime.HTTPStatusFromCode.
const httpStatuses: Record<Code, number> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** Writes anything that was thrown as grpc-gateway writes a status. Never throws. */
export function errorResponse(reason: unknown, registry: Registry): GatewayResponse {
  if (reason instanceof HttpError) {
    const { status, code, message, headers } = reason;
    return respond(status, new Headers(headers), { code, message, details: [] });
  }
  const error = ConnectError.from(reason);
  const headers = new Headers();
  writeResponseMetadata(error.metadata, headers);
  if (error.code === Code.Unauthenticated) {
    // As grpc-gateway does. A header cannot hold every character that a message can.
    headers.set("www-authenticate", error.rawMessage.replace(/[^\x20-\x7e]/g, " "));
  }
  return respond(httpStatuses[error.code] ?? 500, headers, {
    code: error.code,
    message: error.rawMessage,
    details: error.details.map((detail) => writeDetail(detail, registry)),
  });
}

function respond(status: number, headers: Headers, body: JsonValue): GatewayResponse {
  headers.set("content-type", "application/json");
  return { status, headers, body: JSON.stringify(body) };
}

function writeDetail(detail: ConnectError["details"][number], registry: Registry): JsonValue {
  // One with a schema never was on a wire: it is of an interceptor, for example.
  const any =
    "desc" in detail
      ? anyPack(detail.desc, create(detail.desc, detail.value))
      : create(AnySchema, { typeUrl: typeUrlPrefix + detail.type, value: detail.value });
  try {
    const schemas = "desc" in detail ? createRegistry(registry, detail.desc) : registry;
    return toJson(AnySchema, any, { registry: schemas });
  } catch {
    // The type is not known, or the bytes are not of it: the client may know better.
    return { "@type": any.typeUrl, value: base64Encode(any.value) };
  }
}
