// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { type Header, HeaderSchema } from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** Headers as the suite writes them. Repeated ones stay joined by commas, which it understands. */
export function toHeaderList(headers: Headers): Header[] {
  return Array.from(headers, ([name, value]) => create(HeaderSchema, { name, value: [value] }));
}

export function appendHeaders(headers: Headers, list: readonly Header[]): Headers {
  for (const { name, value: values } of list) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}
