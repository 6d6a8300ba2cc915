// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallSide } from "../calls/call-target.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { lab } from "./lab.ts";
import type { Preset } from "./preset.ts";
import { semconv } from "./semconv.ts";

/** Names of the presets. */
export type PresetName = "semconv" | "lab";

/** Names of the presets that have client metrics. */
export type ClientPresetName = "semconv";

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
