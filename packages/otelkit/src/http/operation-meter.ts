// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { watchStream } from "../connect/watched-stream.ts";
import { attempt } from "./attempt.ts";
import { errorTypeOf } from "./error-type.ts";
import type { MeasureOptions } from "./measure-options.ts";
import type { OperationField, OperationMetric } from "./presets.ts";
import { createRecorder } from "./recorder.ts";

/** Options of {@link createOperationMeter}. */
export interface OperationMeterOptions extends MeasureOptions {
  /** Names and labels of the metrics: `databaseMetrics`, `jobMetrics`, or your own. */
  metrics: readonly OperationMetric[];
  /** Attributes of every series, such as `{ "db.system.name": "postgresql" }`. Default none. */
  attributes?: Attributes;
  /**
   * Whether an error is a failure, rather than an answer such as "not found". Default every one.
   * When it throws, the error is a failure, and the fault goes to OpenTelemetry's `diag` logger.
   */
  isFailure?: (error: unknown) => boolean;
}

/** An operation that is under way. The first end counts, later ones are ignored. */
export interface StartedOperation {
  succeed(): void;
  /** @param error what `isFailure` and `errorType` look at. */
  fail(error: unknown): void;
}

/**
 * Measures operations by name. Names become labels, so there must be few of them. Attributes given
 * with an operation are on its series only, in addition to the meter's.
 */
export interface OperationMeter {
  /** Runs `run` and measures it until it has returned, or its promise is settled. */
  measure<T>(operation: string, run: () => PromiseLike<T>, attributes?: Attributes): Promise<T>;
  measure<T>(operation: string, run: () => T, attributes?: Attributes): T;
  /**
   * Measures a stream, such as a cursor's rows, each time that it is read: from then until its end,
   * or until its reader leaves, which is a success.
   */
  measureEach<T>(
    operation: string,
    stream: AsyncIterable<T>,
    attributes?: Attributes,
  ): AsyncIterable<T>;
  /** For operations that end elsewhere, such as in a callback. */
  start(operation: string, attributes?: Attributes): StartedOperation;
}

/**
 * Makes a meter of operations such as queries and runs of jobs: each is counted once, with its
 * outcome. What an operation throws is thrown on.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function createOperationMeter(options: OperationMeterOptions): OperationMeter {
  const { isFailure = () => true } = options;
  const begin = createRecorder<OperationField>({ ...options, startFields: ["operation"] });

  function start(operation: string, attributes?: Attributes): StartedOperation {
    const started = begin({ operation }, { ...options.attributes, ...attributes });
    function succeed() {
      started.finish({ isSuccess: true, fields: { outcome: "success" } });
    }
    return {
      succeed,
      fail(error) {
        if (attempt("The option 'isFailure' failed", () => isFailure(error)) === false) succeed();
        const errorType = errorTypeOf(error);
        started.finish({ isSuccess: false, fields: { outcome: "failure", errorType } });
      },
    };
  }

  function measure<T>(operation: string, run: () => T, attributes?: Attributes): T | Promise<T> {
    const { succeed, fail } = start(operation, attributes);
    function onError(error: unknown): never {
      fail(error);
      throw error;
    }
    function onValue(value: Awaited<T>): Awaited<T> {
      succeed();
      return value;
    }
    try {
      const result = run();
      // Asked once only: query builders run their query each time that they are asked.
      if (isPromiseLike(result)) return Promise.resolve(result).then(onValue, onError);
      succeed();
      return result;
    } catch (error) {
      return onError(error);
    }
  }

  return {
    // The implementation of both overloads.
    measure: measure as OperationMeter["measure"],
    measureEach<T>(operation: string, stream: AsyncIterable<T>, attributes?: Attributes) {
      return {
        [Symbol.asyncIterator]() {
          const { succeed, fail } = start(operation, attributes);
          const watched = watchStream(stream, { end: succeed, fail, leave: succeed });
          const iterator = failing(fail, () => watched[Symbol.asyncIterator]());
          iterator.return ??= async function leaveStream(value) {
            succeed();
            return { done: true, value };
          };
          return iterator;
        },
      };
    },
    start,
  };
}

/** Does what may throw, and tells. */
function failing<T>(fail: (error: unknown) => void, act: () => T): T {
  try {
    return act();
  } catch (error) {
    fail(error);
    throw error;
  }
}

function isPromiseLike<T>(value: T): value is T & PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
