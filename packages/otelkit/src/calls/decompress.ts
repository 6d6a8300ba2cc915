// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** An error is told in a few lines; what unpacks to more is left unread. */
const maxOutputLength = 1024 * 1024;

/**
 * Unpacks what a server of this process has packed. Undefined when it cannot: for an encoding that
 * is not known, and on runtimes without `node:zlib`.
 */
export function decompress(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  // Not imported: a bundle for a browser or an edge has no such module.
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  const unpack = zlib && { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync }[encoding];
  try {
    return unpack?.(bytes, { maxOutputLength });
  } catch {
    return undefined;
  }
}
