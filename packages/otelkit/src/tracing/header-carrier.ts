// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TextMapGetter, TextMapSetter } from "@opentelemetry/api";

/** Reads the headers of a request for a propagator. */
export const headerGetter: TextMapGetter<Headers> = {
  keys: (header) => [...header.keys()],
  get: (header, key) => header.get(key) ?? undefined,
};

/** Writes the headers of a request for a propagator. */
export const headerSetter: TextMapSetter<Headers> = {
  set: (header, key, value) => header.set(key, value),
};
