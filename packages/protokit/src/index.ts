// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { Codec, CodecOptions } from "./codec.ts";
export { createCodec } from "./codec.ts";
export type { ProtokitErrorCode, ProtokitErrorOptions } from "./protokit-error.ts";
export { ProtokitError } from "./protokit-error.ts";
