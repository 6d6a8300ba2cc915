// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { CallTarget } from "./call-target.ts";

/** What metrics and spans both say of a target, by OpenTelemetry's conventions. */
export function targetAttributes(target: CallTarget): Attributes {
  const attributes: Attributes = {
    ...target.extra,
    "rpc.system.name": target.system,
    "rpc.method": target.method,
  };
  if (target.serverAddress !== undefined) attributes["server.address"] = target.serverAddress;
  if (target.serverPort !== undefined) attributes["server.port"] = target.serverPort;
  return attributes;
}
