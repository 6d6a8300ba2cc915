// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What a probe is answered, as JSON: 200 when `status` is `"ok"`, else 503. */
export interface HealthReport {
  /** `"ok"`, or why the process is not. Any caller of the endpoint can read it. */
  readonly status: string;
  /** Whatever else a person who looks into it wants to know. */
  readonly [detail: string]: unknown;
}

/** Asked at every probe. One that throws or rejects answers 503 with its error's message. */
export type HealthCheck = () => HealthReport | Promise<HealthReport>;

/** Runs a check. Never rejects. */
export async function runHealthCheck(check: HealthCheck): Promise<HealthReport> {
  try {
    return await check();
  } catch (error) {
    return { status: error instanceof Error && error.message !== "" ? error.message : "failed" };
  }
}
