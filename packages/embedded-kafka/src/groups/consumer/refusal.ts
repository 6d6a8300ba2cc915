// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** An error of the protocol with what it is about, in Kafka's words. */
export interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

export function refusal(errorCode: number, errorMessage: string): Refusal {
  return { errorCode, errorMessage };
}

export function isRefusal(result: object): result is Refusal {
  return "errorMessage" in result;
}
