// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { metrics } from "@opentelemetry/api";
import { Call, type CallObserver } from "../calls/call-record.ts";
import { type CallSide, type CallTarget, createTargetLookup } from "../calls/call-target.ts";
import type { ObserveTarget } from "../presets/preset.ts";
import { type PresetName, resolvePresets } from "../presets/presets.ts";
import { reportFault } from "../report-fault.ts";
import type { CommonInterceptorOptions } from "./interceptor-options.ts";

type Request = UnaryRequest | StreamRequest;

/**
 * Makes the function that begins the record of a call, or returns undefined for a call that is not
 * to be measured. It never throws.
 *
 * @throws {OtelkitError} with code `invalid_option` when a preset cannot be used.
 */
export function createCallStarter(
  side: CallSide,
  options: CommonInterceptorOptions & { presets?: readonly PresetName[] },
): (request: Request) => Call | undefined {
  const { meterName = "@labwire/otelkit", filter, now = () => performance.now() } = options;
  const presets = resolvePresets(side, options.presets ?? ["semconv"]);
  let observeTargets: ObserveTarget[] | undefined;

  function bindTarget(target: CallTarget): CallObserver[] {
    // Not before the first call: instruments of a provider that is not yet set stay dead for ever.
    observeTargets ??= createInstruments();
    return observeTargets.map((observe) => observe(target));
  }

  function createInstruments(): ObserveTarget[] {
    const provider = options.meterProvider ?? metrics.getMeterProvider();
    const meter = provider.getMeter(meterName);
    return presets.map((preset) => preset(meter, side));
  }

  function isWanted(request: Request): boolean {
    try {
      return filter === undefined || filter(request);
    } catch (error) {
      reportFault("The option 'filter' failed", error);
      return true;
    }
  }

  const lookUpEntry = createTargetLookup(side, (target) => ({
    target,
    observers: bindTarget(target),
  }));

  return function startCall(request) {
    if (!isWanted(request)) return undefined;
    try {
      const { target, observers } = lookUpEntry(request);
      return new Call(target, observers, now);
    } catch (error) {
      reportFault("A call is not measured, as its instruments failed", error);
      return undefined;
    }
  };
}
