// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";

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
  /** `pkg.Service/Method`. */
  readonly method: string;
  /** Host that a client calls. Undefined on servers. */
  readonly serverAddress?: string;
  /** Port that a client calls. Undefined on servers. */
  readonly serverPort?: number;
}

/** The parts of a Connect request, on either side, that say what it is a call of. */
export interface TargetSource {
  readonly method: DescMethod;
  readonly header: Headers;
  readonly url: string;
}

interface TargetEntry<T> {
  readonly system: RpcSystem;
  readonly url: string;
  readonly value: T;
}

/**
 * Makes a lookup that returns the same value for the calls of the same target. `bind` runs once
 * per target. The common case, a method that is called as it was the last time, costs one map
 * lookup and no parsing.
 */
export function createTargetLookup<T>(
  side: CallSide,
  bind: (target: CallTarget) => T,
): (source: TargetSource) => T {
  const latest = new Map<DescMethod, TargetEntry<T>>();
  const bound = new Map<string, T>();
  return function lookUpTarget(source) {
    const system = rpcSystem(source.header);
    // A server's own URL is whatever the caller wrote: it must not make new series.
    const url = side === "client" ? source.url : "";
    const entry = latest.get(source.method);
    if (entry?.system === system && entry.url === url) return entry.value;
    const target = createTarget(side, system, source.method, url);
    const key = `${target.system} ${target.method} ${target.serverAddress}:${target.serverPort}`;
    let value = bound.get(key);
    if (value === undefined) {
      value = bind(target);
      bound.set(key, value);
    }
    latest.set(source.method, { system, url, value });
    return value;
  };
}

function createTarget(
  side: CallSide,
  system: RpcSystem,
  method: DescMethod,
  url: string,
): CallTarget {
  const name = `${method.parent.typeName}/${method.name}`;
  return Object.freeze({ side, system, method: name, ...serverOf(url) });
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
