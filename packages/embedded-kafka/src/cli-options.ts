// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { BrokerOptions, ListenerOptions, TopicOptions } from "./broker-options.ts";
import { configError } from "./config-error.ts";

/** What `--help` shows. */
export const help = `A Kafka broker for development and tests. Production runs Apache Kafka.

Usage: embedded-kafka [options]

  --port <number>            port to listen on, 0 for any free one (default 9092)
  --host <address>           address to listen on (default 127.0.0.1)
  --advertised-host <name>   address that clients are told, such as host.docker.internal
                             (default: where they reach it)
  --data <directory>         where data is kept (default: in memory)
  --fsync <never|always>     when writes are forced to the disk (default never)
  --brokers <number>         how many brokers, at ports that follow (default 1)
  --topic <name[:partitions]>  a topic to make unless it exists; may be repeated
  --tls-key <file>           with --tls-cert, PEM files: TLS too, at the next port
  --tls-cert <file>
  --user <name:password>     who may log in by SASL PLAIN or SCRAM; may be repeated: SASL too,
                             at the next port, over TLS when there is a certificate
  -h, --help                 show this text

Prints one line with its addresses when clients can connect, and one for each other way to connect.
SIGINT and SIGTERM stop it, and so does the end of a parent that holds its IPC channel.`;

/** What the command's arguments ask for. */
export interface Command {
  readonly options: BrokerOptions;
  /** Names of the listeners beside the first one. */
  readonly otherListeners: readonly string[];
}

/** Reads the command's arguments; undefined when help is wanted. */
export function parseCommand(args: readonly string[]): Command | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "9092" },
      host: { type: "string" },
      "advertised-host": { type: "string" },
      data: { type: "string" },
      fsync: { type: "string", default: "never" },
      brokers: { type: "string", default: "1" },
      topic: { type: "string", multiple: true, default: [] },
      "tls-key": { type: "string" },
      "tls-cert": { type: "string" },
      user: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const tls = readTls(values["tls-key"], values["tls-cert"]);
  const users = values.user.map(parseUser);
  const port = parseNumber("--port", values.port);
  const listeners = listenersAt(port, tls, users.length > 0).map((listener) => ({
    ...listener,
    advertisedHost: values["advertised-host"],
  }));
  return {
    options: {
      host: values.host,
      dataDir: values.data,
      fsync: values.fsync as "never" | "always",
      brokers: parseNumber("--brokers", values.brokers),
      topics: values.topic.map(parseTopic),
      users,
      listeners,
    },
    otherListeners: listeners.slice(1).map(({ name }) => name),
  };
}

/** As many as there are ways to connect, at ports that follow. */
function listenersAt(port: number, tls: ListenerOptions["tls"], hasUsers: boolean) {
  const sasl = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
  return [
    { name: "PLAINTEXT" },
    ...(tls ? [{ name: "SSL", tls }] : []),
    ...(hasUsers ? [{ name: tls ? "SASL_SSL" : "SASL_PLAINTEXT", tls, sasl }] : []),
  ].map((listener, at) => ({ ...listener, port: port === 0 ? 0 : port + at }));
}

function readTls(keyFile: string | undefined, certFile: string | undefined) {
  if (keyFile === undefined && certFile === undefined) return undefined;
  if (keyFile === undefined || certFile === undefined) {
    throw configError("'--tls-key' and '--tls-cert' need each other");
  }
  return { key: read("--tls-key", keyFile), cert: read("--tls-cert", certFile) };
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw configError(`the file of '${option}' cannot be read: ${(cause as Error).message}`, cause);
  }
}

function parseUser(text: string) {
  const [name, password] = splitAt(text, text.indexOf(":"));
  if (password === undefined) throw configError(`'--user' must be name:password: "${text}"`);
  return { name, password };
}

function parseTopic(text: string): TopicOptions {
  const [name, partitions] = splitAt(text, text.indexOf(":"));
  if (partitions === undefined) return { name };
  return { name, partitions: parseNumber(`--topic ${name}`, partitions) };
}

function splitAt(text: string, at: number): [string, string | undefined] {
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function parseNumber(option: string, text: string): number {
  // Number() takes nothing for 0, and has other notations.
  if (/^-?\d+$/.test(text)) return Number(text);
  throw configError(`'${option}' must have a number: current value is "${text}"`);
}
