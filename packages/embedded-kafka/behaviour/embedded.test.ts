// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { embeddedLab } from "./embedded-lab.ts";
import { describeBehaviour } from "./suite.ts";

describeBehaviour(embeddedLab);
