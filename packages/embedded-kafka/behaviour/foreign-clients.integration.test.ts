// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWithTools } from "@labwire/servers/testing";
import { describe } from "vitest";
import { apacheKafkaLab } from "./apache-kafka-lab.ts";
import { confluentChapter } from "./chapters/confluent.ts";
import { javaChapter } from "./chapters/java.ts";
import { kcatChapter } from "./chapters/kcat.ts";
import { survivorsChapter } from "./chapters/survivors.ts";
import { embeddedLab } from "./embedded-lab.ts";
import { describeOn } from "./suite.ts";

// Clients that are not of Node.js, on the embedded broker and on Apache Kafka alike.

const tools = ["kafka-4.3.1", "kafka-3.9.2", "kcat", "python-confluent-kafka", "javac"];

describeWithTools(tools, "foreign clients", () => {
  for (const lab of [apacheKafkaLab("4.3.1"), embeddedLab]) {
    describe(lab.name, () => {
      describeOn(lab, "one broker", { isSecured: true }, (site) => {
        confluentChapter(site);
        kcatChapter(site);
        javaChapter(site, "4.3.1");
        javaChapter(site, "3.9.2");
      });
      describeOn(lab, "three brokers", { brokers: 3 }, (site) => {
        survivorsChapter(site);
      });
    });
  }
});
