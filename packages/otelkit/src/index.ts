// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { ClientInterceptorOptions } from "./connect/client-interceptor.ts";
export { createClientInterceptor } from "./connect/client-interceptor.ts";
export type { CommonInterceptorOptions } from "./connect/interceptor-options.ts";
export type { ServerInterceptorOptions } from "./connect/server-interceptor.ts";
export { createServerInterceptor } from "./connect/server-interceptor.ts";
export type { OtelkitErrorCode, OtelkitErrorOptions } from "./otelkit-error.ts";
export { OtelkitError } from "./otelkit-error.ts";
export type { ClientPresetName, PresetName } from "./presets/presets.ts";
