// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallObserver } from "../calls/call-record.ts";
import type { CallSide, CallTarget } from "../calls/call-target.ts";
import type { InstrumentDefinition, Instruments } from "../instruments/instruments.ts";
import { OtelkitError } from "../otelkit-error.ts";
import type { GrpcSpelling } from "./grpc-spelling.ts";

/** Measurements that cost a histogram record per call and 17 series per method, so are asked for. */
export type CallDetail = "first_message" | "timeout";

const callDetails: readonly string[] = ["first_message", "timeout"] satisfies CallDetail[];

/** @throws {OtelkitError} with code `invalid_option` when one is unknown. */
export function assertDetails(details: Iterable<string>): void {
  for (const detail of details) {
    if (callDetails.includes(detail)) continue;
    throw new OtelkitError(
      `Cannot measure calls as 'details' must be some of 'first_message', 'timeout': current value has '${detail}'`,
      { code: "invalid_option" },
    );
  }
}

/** Makes the observer of one target's calls. Called once per target. */
export type ObserveTarget = (target: CallTarget) => Partial<CallObserver>;

/** What a preset is set up with. */
export interface PresetContext {
  readonly side: CallSide;
  readonly instruments: Instruments;
  readonly details: ReadonlySet<CallDetail>;
  readonly grpcSpelling: GrpcSpelling;
  /** Whether series exist before there is anything to count. */
  readonly preregisters: boolean;
}

/** An instrument of a preset, as data: documents are written from it. */
export interface PresetInstrument extends InstrumentDefinition {
  /** Names of its attributes. */
  readonly attributes: readonly string[];
  /** When it moves, as the end of a sentence. */
  readonly when: string;
  /** The option that asks for it. Undefined for what is always there. */
  readonly detail?: CallDetail;
}

/** A family of names: its instruments as data, and the mapping from call records to them. */
export interface Preset {
  readonly name: string;
  /** What the family is, in a sentence. */
  readonly description: string;
  /** Its instruments on a side. Empty when it has none there. */
  instruments(side: CallSide): readonly PresetInstrument[];
  /** Makes its instruments, and the mapping. */
  observe(context: PresetContext): ObserveTarget;
}
