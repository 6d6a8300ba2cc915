// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Where the broker writes what happens to it: one call per event. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

const format = (message: string, fields?: Record<string, unknown>) =>
  fields ? `embedded-kafka: ${message} ${JSON.stringify(fields)}` : `embedded-kafka: ${message}`;

/** Warnings and errors on the standard error stream, one line each; the rest is dropped. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => console.warn(format(message, fields)),
  error: (message, fields) => console.error(format(message, fields)),
};
