// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import type { Code } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ErrorSchema,
  type Error as WireError,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** The error that a handler throws for the one that a test case asks for. */
export function toConnectError(
  { code, message, details }: WireError,
  requestInfo?: ConformancePayload_RequestInfo,
): ConnectError {
  // Both enumerations have the numbers of gRPC.
  const error = new ConnectError(message ?? "", code as number);
  error.details = details.map(({ typeUrl, value }) => {
    return { type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value };
  });
  if (requestInfo !== undefined) {
    error.details.push({ desc: ConformancePayload_RequestInfoSchema, value: requestInfo });
  }
  return error;
}

/** What a client reports of the error that its call ended with. */
export function fromConnectError({ code, rawMessage, details }: ConnectError): WireError {
  return create(ErrorSchema, {
    code: code as number as Code,
    message: rawMessage,
    details: details.map((detail) => {
      if (!("desc" in detail)) return anyOf(detail.type, detail.value);
      const { desc, value } = detail;
      return anyOf(
        desc.typeName,
        toBinary(desc, create(desc, value as MessageInitShape<typeof desc>)),
      );
    }),
  });
}

function anyOf(type: string, value: Uint8Array): Any {
  return create(AnySchema, { typeUrl: `type.googleapis.com/${type}`, value });
}
