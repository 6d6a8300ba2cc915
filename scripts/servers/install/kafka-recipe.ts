// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CachedRecipe } from "./recipe.ts";

const formatProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
log.dirs=formatted
`;

/** Apache Kafka from Maven Central, with a logger, without which a broker says nothing. */
export function kafka(name: string, version: string): CachedRecipe {
  const dependencies = [
    ["org.apache.kafka", "kafka_2.13", version],
    ["org.slf4j", "slf4j-simple", "1.7.36"],
  ].map(
    ([group, artifact, number]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
      `<version>${number}</version></dependency>`,
  );
  return {
    name,
    version,
    needs: { java: "default-jre-headless", mvn: "maven" },
    files: {
      "pom.xml": `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>labwire</groupId><artifactId>kafka</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>${dependencies.join("")}</dependencies>
</project>
`,
      "format.properties": formatProperties,
    },
    steps: [
      [
        ...["mvn", "-B", "-q"],
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
        ...["-DincludeScope=runtime", "-DoutputDirectory=libs"],
      ],
      // Brokers begin with a copy of this folder: formatting takes Java as long as starting.
      [
        ...["java", "-cp", "libs/*", "kafka.tools.StorageTool", "format"],
        ...["-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", "format.properties"],
      ],
    ],
    programs: { [`kafka-${version}`]: "." },
  };
}
