// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWithTools } from "@labwire/servers/testing";
import { apacheKafkaLab } from "./apache-kafka-lab.ts";
import { describeBehaviour } from "./suite.ts";

for (const version of ["4.3.1", "3.9.2"] as const) {
  describeWithTools([`kafka-${version}`], "behaviour", () => {
    describeBehaviour(apacheKafkaLab(version));
  });
}
