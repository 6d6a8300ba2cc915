// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What `npm start -- --real` reads, from the variables of the servers that run. */
export function labVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const { KAFKA_ADDRS, POSTGRES_URL, ...others } = env;
  return {
    ...(KAFKA_ADDRS && { KAFKA_PRODUCER_ADDRS: KAFKA_ADDRS, KAFKA_CONSUMER_ADDRS: KAFKA_ADDRS }),
    ...(POSTGRES_URL && { POSTGRES_URL, MIGRATION_URL: POSTGRES_URL }),
    ...others,
  };
}

/** Lines for a shell, each of which sets one variable. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join("");
}

function quote(value: string): string {
  return /^[\w./:@,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
