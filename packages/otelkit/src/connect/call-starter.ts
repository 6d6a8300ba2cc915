// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { Call, type CallObserver, type CallPlan } from "../calls/call-record.ts";
import {
  type CallRequest,
  type CallSide,
  type CallTarget,
  createTargetLookup,
} from "../calls/call-target.ts";
import { readTimeoutMs } from "../calls/call-timeout.ts";
import { assertCardinalityLimit, defaultCardinalityLimit } from "../instruments/bounded-cells.ts";
import { openInstruments } from "../instruments/open-instruments.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { assertGrpcSpelling } from "../presets/grpc-spelling.ts";
import { assertDetails, type ObserveTarget, type PresetContext } from "../presets/preset.ts";
import { type PresetName, resolvePresets } from "../presets/presets.ts";
import { reportFault } from "../report-fault.ts";
import { createCallTracer } from "../tracing/call-tracer.ts";
import type { CallOptions } from "./call-options.ts";

/** What {@link createCallStarter} needs. */
export interface CallStarterOptions extends CallOptions {
  presets?: readonly PresetName[];
  trustRemote?: boolean;
  preregister?: boolean;
}

/** Begins the records of calls. None of its methods throws. */
export interface CallStarter {
  /** Whether series are to be made before the first call. */
  readonly preregisters: boolean;
  /** Begins the record of a call. Returns undefined for one that is not to be measured. */
  start(request: CallRequest): Call | undefined;
  /** Makes the series of calls like this one before the first of them. */
  prepare(request: CallRequest): void;
}

/**
 * Makes what begins the records of calls: it knows all options, and layers that see calls only
 * tell it of them.
 *
 * @throws {OtelkitError} with code `invalid_option` when an option cannot be used.
 */
export function createCallStarter(side: CallSide, options: CallStarterOptions): CallStarter {
  const { filter, grpcSpelling = "go", now = () => performance.now() } = options;
  const { cardinalityLimit = defaultCardinalityLimit } = options;
  assertArrays(options);
  const presets = resolvePresets(side, options.presets ?? ["semconv"]);
  const details = new Set(options.details);
  assertGrpcSpelling(grpcSpelling);
  assertDetails(details);
  assertCardinalityLimit("measure calls", cardinalityLimit);
  const startTrace = createCallTracer(side, options);
  const readsTimeout = details.has("timeout");
  // With attributes of the user's own, the series of a method are not known before its calls.
  const preregisters = options.preregister === true && options.attributes === undefined;
  let observeTargets: ObserveTarget[] | undefined;

  const planOf = createTargetLookup<CallPlan>({
    side,
    attributes: options.attributes && guard("attributes", options.attributes, {}),
    limit: cardinalityLimit,
    bind(target) {
      const observers = bindTarget(target);
      return {
        ...{ target, now, observers },
        timesFirstMessage: details.has("first_message"),
        sizesMessages: observers.some((observer) => observer.receivedMessage !== undefined),
      };
    },
  });
  const isWanted = filter && guard("filter", filter, true);

  function bindTarget(target: CallTarget): CallObserver[] {
    // Not before the first call: instruments of a provider that is not yet set stay dead for ever.
    observeTargets ??= createInstruments();
    return observeTargets.map((observe) => ({ ...idleObserver, ...observe(target) }));
  }

  function createInstruments(): ObserveTarget[] {
    const context: PresetContext = {
      side,
      details,
      instruments: openInstruments(options),
      grpcSpelling,
      preregisters,
    };
    return presets.map((preset) => preset.observe(context));
  }

  return {
    preregisters,
    start(request) {
      if (isWanted !== undefined && !isWanted(request)) return undefined;
      try {
        const plan = planOf(request);
        const timeoutMs = readsTimeout ? readTimeoutMs(request.header) : undefined;
        return new Call(plan, timeoutMs, startTrace(request, plan.target));
      } catch (error) {
        reportFault("A call is not measured, as its instruments failed", error);
        return undefined;
      }
    },
    prepare(request) {
      try {
        planOf(request);
      } catch (error) {
        reportFault("Series cannot be made before the first call", error);
      }
    },
  };
}

/** A string where names are asked for would pass as its letters. */
function assertArrays({ presets, details, headerAttributes }: CallStarterOptions): void {
  for (const [option, value] of Object.entries({ presets, details, headerAttributes })) {
    if (value === undefined || Array.isArray(value)) continue;
    throw new OtelkitError(
      `Cannot measure calls as '${option}' must be an array: current value is '${value}'`,
      { code: "invalid_option" },
    );
  }
}

const idleObserver: CallObserver = {
  started() {},
  received() {},
  sent() {},
  receivedBytes() {},
  sentBytes() {},
  finished() {},
};

/** The user's function, which must not break a call. */
function guard<T extends boolean | Attributes>(
  option: string,
  ask: (request: CallRequest) => T,
  fallback: T,
): (request: CallRequest) => T {
  return function askSafely(request) {
    try {
      return ask(request);
    } catch (error) {
      reportFault(`The option '${option}' failed`, error);
      return fallback;
    }
  };
}
