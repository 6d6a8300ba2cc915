// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Java's String.hashCode(), on which some choices of Apache Kafka rest. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (31 * hash + text.charCodeAt(at)) | 0;
  return hash;
}
