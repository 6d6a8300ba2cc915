// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What a process still waits for since its start, and what has gone that no call would tell of, as
 * Kafka: the answer of `/readyz`. A shared store that goes away is told by each call.
 */
export interface Readiness {
  /** The process is not ready until the returned function is called. */
  pending(name: string): () => void;
  /**
   * Asked at every probe: a reason why this part cannot work now, or undefined. It takes the place
   * of what is pending under this name.
   */
  check(name: string, problem: () => string | undefined): void;
  /** One entry per part that is not ready, as `name: why`. Empty when all are. */
  problems(): string[];
}

export function createReadiness(): Readiness {
  const checks = new Map<string, () => string | undefined>();
  return {
    pending: (name) => {
      const starting = () => "starting";
      checks.set(name, starting);
      return () => {
        if (checks.get(name) === starting) checks.delete(name);
      };
    },
    check: (name, problem) => void checks.set(name, problem),
    problems: () =>
      [...checks].flatMap(([name, problem]) => {
        const why = problem();
        return why === undefined ? [] : [`${name}: ${why}`];
      }),
  };
}
