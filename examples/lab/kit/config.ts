// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { withoutPassword } from "./without-password.ts";

/** One setting of a process: how its text is read, and what a person is told about it. */
export interface Variable<T> {
  /** One sentence for the table of variables. */
  readonly doc: string;
  /** Text that stands in when the variable is absent or empty; absent means required. */
  readonly default?: string;
  /** Reads the text; throws an error whose message completes "must be …". */
  readonly parse: (text: string) => T;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The values of a set of variables, keyed by their names. */
export type ConfigOf<V extends Variables> = {
  readonly [Name in keyof V]: V[Name] extends Variable<infer T> ? T : never;
};

/** A missing or malformed setting. The message is one line that names the variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags win over the environment: `--grpc_addr=:8081` or `--grpc_addr :8081`. */
  readonly argv?: readonly string[];
  /** What to say of an unknown argument, such as which there are. Default nothing. */
  readonly usage?: string;
}

/**
 * Reads every variable once, at start.
 *
 * @throws ConfigError that names the first variable that is missing or malformed, or the first
 * flag that no variable has.
 */
export function readConfig<V extends Variables>(variables: V, source: ConfigSource): ConfigOf<V> {
  const flags = readFlags(variables, source);
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const text = flags.get(name) || source.env[name] || variable.default;
    if (text === undefined) throw new ConfigError(`Missing ${name}: ${variable.doc}`);
    try {
      values[name] = variable.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const shown = withoutPassword(text);
      throw new ConfigError(`Malformed ${name}: must be ${reason}: current value is '${shown}'`);
    }
  }
  return values as ConfigOf<V>;
}

function readFlags(variables: Variables, { argv = [], usage }: ConfigSource): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < argv.length; index++) {
    const [flag = "", ...rest] = (argv[index] ?? "").split("=");
    const name = flag.replace(/^--/, "").toUpperCase();
    if (!flag.startsWith("--") || !Object.hasOwn(variables, name)) {
      // Not its value, which may be a secret.
      const help = usage === undefined ? "" : `: ${usage}`;
      throw new ConfigError(`Unknown argument '${withoutPassword(flag)}'${help}`);
    }
    const value = rest.length > 0 ? rest.join("=") : argv[++index];
    if (value === undefined) throw new ConfigError(`Missing value of flag '${flag}'`);
    flags.set(name, value);
  }
  return flags;
}
