// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { ClientInterceptorOptions } from "./client-interceptor.ts";
export { createClientInterceptor } from "./client-interceptor.ts";
export type { CommonInterceptorOptions } from "./interceptor-options.ts";
export type { OtelkitErrorCode, OtelkitErrorOptions } from "./otelkit-error.ts";
export { OtelkitError } from "./otelkit-error.ts";
export type { ClientPresetName, PresetName } from "./presets/presets.ts";
export type { ServerInterceptorOptions } from "./server-interceptor.ts";
export { createServerInterceptor } from "./server-interceptor.ts";
