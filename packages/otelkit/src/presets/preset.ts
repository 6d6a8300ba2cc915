// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Meter } from "@opentelemetry/api";
import type { CallObserver } from "../calls/call-record.ts";
import type { CallSide, CallTarget } from "../calls/call-target.ts";

/** Makes the observer of one target's calls. Called once per target. */
export type ObserveTarget = (target: CallTarget) => CallObserver;

/** Maps call records to metrics: creates its instruments when it is called. */
export type Preset = (meter: Meter, side: CallSide) => ObserveTarget;
