// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { CallRequest } from "./calls/call-target.ts";
export type {
  CallOptions,
  ClientInterceptorOptions,
  ServerInterceptorOptions,
} from "./connect/call-options.ts";
export { createClientInterceptor } from "./connect/client-interceptor.ts";
export type {
  InstrumentedRoutes,
  InstrumentRoutesOptions,
  NotFoundResponse,
} from "./connect/instrument-routes.ts";
export { instrumentRoutes } from "./connect/instrument-routes.ts";
export type { PlainRequest } from "./connect/plain-request.ts";
export { createServerInterceptor } from "./connect/server-interceptor.ts";
export type { AttributeFilter } from "./instruments/filter-attributes.ts";
export type { OtelkitErrorCode, OtelkitErrorOptions } from "./otelkit-error.ts";
export { OtelkitError } from "./otelkit-error.ts";
export type { GrpcSpelling } from "./presets/grpc-spelling.ts";
export type { CallDetail } from "./presets/preset.ts";
export type { ClientPresetName, PresetName } from "./presets/presets.ts";
