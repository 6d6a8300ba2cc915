// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Meter } from "@opentelemetry/api";
import type { CallObserver } from "../call-record.ts";
import type { CallSide, CallTarget } from "../call-target.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { lab } from "./lab.ts";
import { semconv } from "./semconv.ts";

/** Names of the presets. */
export type PresetName = "semconv" | "lab";

/** Names of the presets that have client metrics. */
export type ClientPresetName = "semconv";

/** Makes the observer of one target's calls. Called once per target. */
export type ObserveTarget = (target: CallTarget) => CallObserver;

/** Maps call records to metrics: creates its instruments when it is called. */
export type Preset = (meter: Meter, side: CallSide) => ObserveTarget;

const presetsOf: Record<CallSide, Record<string, Preset>> = {
  server: { semconv, lab },
  client: { semconv },
};

/**
 * Looks presets up by name; one that is named twice counts once.
 *
 * @throws {OtelkitError} with code `invalid_option` when there is none, or one has no such name.
 */
export function resolvePresets(side: CallSide, names: readonly string[]): Preset[] {
  const known = presetsOf[side];
  const allowed = Object.keys(known).map((name) => `'${name}'`);
  if (names.length === 0) throw invalidPresets(side, allowed, "none");
  return [...new Set(names)].map((name) => {
    const preset = Object.hasOwn(known, name) ? known[name] : undefined;
    if (preset === undefined) throw invalidPresets(side, allowed, `'${name}'`);
    return preset;
  });
}

function invalidPresets(side: CallSide, allowed: string[], current: string): OtelkitError {
  return new OtelkitError(
    `Cannot create a ${side} interceptor as 'presets' must name ${allowed.join(" or ")}: current value is ${current}`,
    { code: "invalid_option" },
  );
}
