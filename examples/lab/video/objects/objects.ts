// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A stored object, as a listing shows it. */
export interface StoredObject {
  readonly name: string;
  /** When its last byte was written. */
  readonly modifiedAt: Date;
}

/** The store cannot be reached now, or does not get to its work: the same call may succeed later. */
export class ObjectStoreUnavailableError extends Error {
  override readonly name = "ObjectStoreUnavailableError";
}

/**
 * Where uploaded files and renditions are kept: a bucket of named, immutable byte strings. Every
 * method may reject with `ObjectStoreUnavailableError`; what such a `put` or `delete` did is not known.
 */
export interface ObjectStore {
  /**
   * Stores the chunks as they come, with bounded memory, and answers how many bytes there were.
   * All or nothing: when the chunks or the signal end it early, nothing is left and an object that
   * had the name before is as it was.
   */
  put(name: string, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number>;
  /** An unknown name is no error. */
  delete(name: string): Promise<void>;
  /** Every object whose name begins with the prefix, in any order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** The bytes from `start` up to, not including, `end`; fewer where the object ends. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
  /** Where a client can GET the object. */
  url(name: string): string;
  /**
   * Where a program that this process starts can GET the object within a day; may carry a
   * signature, so it is nothing for clients or logs.
   */
  sourceUrl(name: string): Promise<string>;
  /**
   * Removes what puts of killed processes left behind, if nothing was written to it since `before`;
   * puts under way in this process are spared. Answers how many it were.
   */
  removeParts(before: Date): Promise<number>;
}

// File systems take 255 bytes; the rest is for what renditions and unfinished parts add.
const maxFilenameBytes = 160;

/**
 * The object's name of an uploaded file: `<id>-<filename>`. Letters, digits, `.`, `_`, `-` and spaces stay
 * as they are; all else becomes `_`, so that no file name can leave the bucket or its folder. Long
 * names are cut before the extension.
 */
export function objectName(id: string, filename: string): string {
  const safe = filename
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}._ -]/gu, "_")
    .trim();
  return `${id}-${shorten(safe)}`;
}

/** The video's id at the start of an object's name, or undefined when no video can own it. */
export function videoIdOf(name: string): string | undefined {
  return /^([0-9a-f]{24})-/.exec(name)?.[1];
}

function shorten(filename: string): string {
  const [extension = ""] = /\.[\p{L}\p{N}]{1,10}$/u.exec(filename) ?? [];
  const room = maxFilenameBytes - Buffer.byteLength(extension);
  let stem = "";
  for (const character of filename.slice(0, filename.length - extension.length)) {
    if (Buffer.byteLength(stem + character) > room) break;
    stem += character;
  }
  return stem + extension;
}
