// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import type { Attributes } from "@opentelemetry/api";

/** Which end of the call is measured. */
export type CallSide = "server" | "client";

/** Value of `rpc.system.name`: gRPC and gRPC-Web are one system, Connect the other. */
export type RpcSystem = "grpc" | "connectrpc";

/**
 * What the calls of one series have in common. There is one frozen object per combination, so that
 * presets can prepare attributes once per target rather than once per call.
 */
export interface CallTarget {
  readonly side: CallSide;
  readonly system: RpcSystem;
  /** `pkg.Service`. Empty for a path that no service has. */
  readonly service: string;
  /** `pkg.Service/Method`, or `_OTHER` for a path that no service has. */
  readonly method: string;
  /** Which sides stream. Undefined for a path that no service has. */
  readonly kind: DescMethod["methodKind"] | undefined;
  /** Host that a client calls. Undefined on servers. */
  readonly serverAddress?: string;
  /** Port that a client calls. Undefined on servers. */
  readonly serverPort?: number;
  /** Attributes of the user's own, from the option `attributes`. */
  readonly extra?: Attributes;
}

/** What is known of a call before it begins. The requests of Connect's interceptors are ones. */
export interface CallRequest {
  /** Undefined for a path that no service has. */
  readonly method: DescMethod | undefined;
  readonly header: Headers;
  readonly url: string;
}

/** Value of `rpc.method` for what no service has: what callers write must not make series. */
const otherMethod = "_OTHER";

interface TargetEntry<T> {
  readonly system: RpcSystem;
  readonly url: string;
  readonly value: T;
}

/** Options of {@link createTargetLookup}. */
export interface TargetLookupOptions<T> {
  readonly side: CallSide;
  /** Attributes of the user's own, asked at every call. */
  readonly attributes?: (request: CallRequest) => Attributes;
  /** So many targets are kept at most. Further ones are bound anew at every call. */
  readonly limit: number;
  /** Makes the value of a target. */
  readonly bind: (target: CallTarget) => T;
}

/**
 * Makes a lookup that returns the same value for the calls of the same target. The common case, a
 * method that is called as it was the last time, costs one map lookup and no parsing.
 */
export function createTargetLookup<T>(
  options: TargetLookupOptions<T>,
): (request: CallRequest) => T {
  const { side, attributes, limit, bind } = options;
  const latest = new Map<DescMethod | undefined, TargetEntry<T>>();
  const bound = new Map<string, T>();

  function findOrBind(target: CallTarget): T {
    const { system, method, serverAddress, serverPort, extra } = target;
    const key = JSON.stringify([system, method, serverAddress, serverPort, sortedEntries(extra)]);
    let value = bound.get(key);
    if (value !== undefined) return value;
    value = bind(target);
    if (bound.size < limit) bound.set(key, value);
    return value;
  }

  return function lookUpTarget(request) {
    const system = rpcSystem(request.header);
    if (attributes !== undefined) {
      const extra = Object.freeze({ ...attributes(request) });
      return findOrBind(createTarget(side, system, request, extra));
    }
    // A server's own URL is whatever the caller wrote: it must not make series.
    const url = side === "client" ? request.url : "";
    const entry = latest.get(request.method);
    if (entry !== undefined && entry.system === system && entry.url === url) return entry.value;
    const value = findOrBind(createTarget(side, system, request));
    // Who reads descriptors again and again at run time makes methods without end.
    if (latest.size >= limit) latest.clear();
    latest.set(request.method, { system, url, value });
    return value;
  };
}

function createTarget(
  side: CallSide,
  system: RpcSystem,
  { method, url }: CallRequest,
  extra?: Attributes,
): CallTarget {
  const service = method?.parent.typeName ?? "";
  return Object.freeze({
    side,
    system,
    service,
    method: method === undefined ? otherMethod : `${service}/${method.name}`,
    kind: method?.methodKind,
    ...(side === "client" ? serverOf(url) : {}),
    ...(extra === undefined ? {} : { extra }),
  });
}

function serverOf(url: string): Pick<CallTarget, "serverAddress" | "serverPort"> {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "") return {};
  const defaultPort = parsed.protocol === "https:" ? 443 : 80;
  return {
    // An IPv6 address stands in brackets in URLs only.
    serverAddress: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    serverPort: parsed.port === "" ? defaultPort : Number(parsed.port),
  };
}

/** A Connect GET request has no content type, the two others always have theirs. */
function rpcSystem(header: Headers): RpcSystem {
  return header.get("content-type")?.startsWith("application/grpc") ? "grpc" : "connectrpc";
}

function sortedEntries(attributes: Attributes = {}): unknown[] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}
