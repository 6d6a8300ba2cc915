// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Bytes that grow at their end. */
export interface LogFile {
  /** Number of bytes. */
  readonly size: number;
  /**
   * Adds bytes at the end. When it returns they outlive this process; when it throws, nothing was
   * added. The bytes may change afterwards.
   */
  append(bytes: Buffer): void;
  /**
   * Reads into memory that nothing changes afterwards, unless it is given back to the spare
   * buffers, and that must not be changed; fewer bytes than asked for at the end.
   */
  read(position: number, length: number): Buffer;
  /** Drops everything from `size` on. */
  truncate(size: number): void;
}

/**
 * The port between a partition's log and where it is kept: files in one folder. What a method
 * changed outlives this process when it returns.
 */
export interface LogFolder {
  /** Whether it ends with this process, so that nothing need be written for a start. */
  readonly isVolatile: boolean;
  /** Names of the files that are there. */
  list(): string[];
  /** A file that grows, of no bytes when it is not there. Asked for again, it is the same one. */
  open(name: string): LogFile;
  /** The content of a small file; undefined when it is not there. */
  read(name: string): Buffer | undefined;
  /** Replaces the content of a small file: a kill leaves the old one or the new one. */
  write(name: string, content: Buffer): void;
  /** Gives a file another name, in place of the one that has it. */
  rename(from: string, to: string): void;
  /** Removes a file, if it is there. */
  remove(name: string): void;
  /** Lets go of all files. */
  close(): void;
}
