// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** One line per event: time, level, message, then `key=value` fields (logfmt). */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  /** The least level that is written. Default "info". */
  level?: LogLevel;
  /** Where lines go. Default standard output. */
  write?: (line: string) => void;
  /** Default the system's clock. */
  now?: () => Date;
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = "info", now = () => new Date() } = options;
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const least = logLevels.indexOf(level);

  function log(at: LogLevel, message: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(at) < least) return;
    const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${format(value)}`);
    write(`${now().toISOString()} ${at.padEnd(5)} ${oneLine(message)}${pairs.join("")}\n`);
  }

  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
  };
}

/** For tests and for parts whose words nobody needs. */
export const silentLogger: Logger = createLogger({ write: () => {} });

function format(value: unknown): string {
  if (value instanceof Error) return quoted(value.message);
  // As it is: in quotes, every quote within would be escaped, which no one can read.
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return quoted(String(value));
}

function quoted(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

// A line break in a message would make two events of one.
function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, " ");
}
