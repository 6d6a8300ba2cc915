// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallSide } from "../calls/call-target.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { grpc } from "./grpc.ts";
import { lab } from "./lab.ts";
import { otelconnect } from "./otelconnect.ts";
import type { Preset } from "./preset.ts";
import { semconv } from "./semconv.ts";

/** All presets, the default first. */
export const presets = { semconv, grpc, otelconnect, lab } as const satisfies Record<
  string,
  Preset
>;

/** Names of the presets. */
export type PresetName = keyof typeof presets;

/** Names of the presets that have client metrics. */
export type ClientPresetName = Exclude<PresetName, "lab">;

/**
 * Looks presets up by name; one that is named twice counts once.
 *
 * @throws {OtelkitError} with code `invalid_option` when there is none, or one has no such name.
 */
export function resolvePresets(side: CallSide, names: readonly string[]): Preset[] {
  const known: Record<string, Preset> = presets;
  const allowed = Object.keys(known).filter((name) => known[name]?.instruments(side).length);
  if (names.length === 0) throw invalidPresets(side, allowed, "none");
  return [...new Set(names)].map((name) => {
    const preset = allowed.includes(name) ? known[name] : undefined;
    if (preset === undefined) throw invalidPresets(side, allowed, `'${name}'`);
    return preset;
  });
}

function invalidPresets(side: CallSide, allowed: string[], current: string): OtelkitError {
  const quoted = allowed.map((name) => `'${name}'`).join(", ");
  return new OtelkitError(
    `Cannot measure a ${side} as 'presets' must name some of ${quoted}: current value is ${current}`,
    { code: "invalid_option" },
  );
}
