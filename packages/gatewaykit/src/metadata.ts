// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import type { GatewayRequest } from "./exchange.ts";

const metadataPrefix = "grpc-metadata-";

// What grpc-gateway passes on as `grpcgateway-<name>`: the permanent request headers of IANA's list.
const permanentHeaders = new Set([
  "accept",
  "accept-charset",
  "accept-language",
  "accept-ranges",
  "authorization",
  "cache-control",
  "content-type",
  "cookie",
  "date",
  "expect",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-schedule-tag-match",
  "if-unmodified-since",
  "max-forwards",
  "origin",
  "pragma",
  "referer",
  "user-agent",
  "via",
  "warning",
]);

const passedHeaders = new Set(["authorization", "traceparent", "tracestate"]);

// Headers that belong to the RPC's own protocol or connection: a client's metadata must not set
// them, and a server's are no answer to the client.
const protocolHeaders =
  /^(:.*|connect-.*|grpc-.*|proxy-.*|content-(type|length|encoding)|accept-encoding|accept-post|connection|date|host|keep-alive|server|te|trailer|transfer-encoding|upgrade|http2-settings)$/;

// What gRPC allows in names and values of metadata: its PROTOCOL-HTTP2.md, "Custom-Metadata".
const metadataName = /^[0-9a-z_.-]+$/;
const metadataValue = /^[\x20-\x7e]*$/;

/** Makes the RPC's metadata of a request's headers, by grpc-gateway's rules. */
export function requestMetadata({ headers, remoteAddress }: GatewayRequest): Headers {
  const metadata = new Headers();
  for (const [name, value] of headers) {
    if (!metadataValue.test(value)) continue;
    if (passedHeaders.has(name)) metadata.append(name, value);
    if (permanentHeaders.has(name)) metadata.append(`grpcgateway-${name}`, value);
    if (!name.startsWith(metadataPrefix)) continue;
    const custom = name.slice(metadataPrefix.length);
    if (metadataName.test(custom) && !protocolHeaders.test(custom)) metadata.append(custom, value);
  }
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  if (host !== null) metadata.set("x-forwarded-host", host);
  const forwarded = [headers.get("x-forwarded-for"), remoteAddress].filter(Boolean).join(", ");
  if (forwarded !== "") metadata.set("x-forwarded-for", forwarded);
  return metadata;
}

/** Copies what the RPC's server sent as metadata to a response's headers, as `Grpc-Metadata-*`. */
export function writeResponseMetadata(metadata: Headers, headers: Headers): void {
  for (const [name, value] of metadata) {
    if (!protocolHeaders.test(name)) headers.append(`${metadataPrefix}${name}`, value);
  }
}

const unitsInMs: Record<string, number> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

// Eight digits are all that a gRPC timeout may have, and milliseconds are what Connect writes.
const maxTimeoutMs = 99_999_999;

/**
 * Reads the header `Grpc-Timeout`, such as `100m`: digits and a unit out of H, M, S, m, u, n.
 *
 * @returns milliseconds, rounded up; undefined without a header, and for 0, which sets no limit.
 * @throws {ConnectError} with code InvalidArgument when it is malformed.
 */
export function requestTimeoutMs(headers: Headers): number | undefined {
  const value = headers.get("grpc-timeout");
  if (value === null || value === "") return undefined;
  const [, digits, unit] = /^(\d+)([HMSmun])$/.exec(value) ?? [];
  if (digits === undefined || unit === undefined) {
    throw new ConnectError(`invalid grpc-timeout: ${value}`, Code.InvalidArgument);
  }
  const ms = Math.ceil(Number(digits) * (unitsInMs[unit] as number));
  return ms === 0 ? undefined : Math.min(ms, maxTimeoutMs);
}
