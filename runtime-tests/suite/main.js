// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { runTests } from "./harness.js";
import "./entries.js";
import "./protokit.js";
import "./otelkit.js";
import "./otelkit-traces.js";
import "./gatewaykit.js";
import "./embedded-kafka.js";
import "./kafka.js";

await runTests();
