// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** One series of an instant query: its labels and its value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Asks a Prometheus on this machine what an expression is at this moment.
 *
 * @throws when Prometheus does not understand it, with its words.
 */
export async function queryPrometheus(port: number, expression: string): Promise<Series[]> {
  const url = new URL(`http://127.0.0.1:${port}/api/v1/query`);
  url.searchParams.set("query", expression);
  const answer = (await (await fetch(url)).json()) as {
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (answer.error) throw new Error(`Cannot query '${expression}': ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
