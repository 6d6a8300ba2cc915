// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The parts of a request that Node's, a framework's and the fetch API's all have. */
export interface PlainRequest {
  readonly url?: string | undefined;
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Headers of any kind as those of the fetch API. HTTP/2's own, such as `:path`, are left out. */
export function toHeaders(headers: PlainRequest["headers"]): Headers {
  if (headers instanceof Headers) return headers;
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(":")) result.set(name, String(value));
  }
  return result;
}

/** Whether a request says that it is an RPC. A GET without a query of Connect's does not. */
export function isRpcRequest(header: Headers, url: string): boolean {
  const contentType = header.get("content-type") ?? "";
  return (
    /^application\/(grpc|connect\+|proto\b)/.test(contentType) ||
    header.has("connect-protocol-version") ||
    /[?&]connect=v1(&|$)/.test(url)
  );
}
