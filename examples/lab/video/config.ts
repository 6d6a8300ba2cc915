// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cacheVariables } from "../kit/cache/cache-variables.ts";
import { kafkaProducerVariables } from "../kit/kafka-variables.ts";
import { serviceVariables } from "../kit/service-variables.ts";
import * as variable from "../kit/variables.ts";
import { storageVariables } from "./storage-variables.ts";

export const videoApiVariables = {
  ...serviceVariables("video-api"),
  GRPC_ADDR: variable.address({
    default: ":8081",
    doc: "Where gRPC, gRPC-Web and Connect are served.",
  }),
  HTTP_ADDR: variable.address({
    default: ":9000",
    doc: "Where stored objects are served, as they are in a folder.",
  }),
  ...storageVariables,
  ...cacheVariables,
  KAFKA_PRODUCER_ADDRS: variable.addresses({ default: "localhost:29092", doc: "Kafka brokers." }),
  ...kafkaProducerVariables,
  COMMENT_SERVER_ADDR: variable.address({
    default: "localhost:8081",
    doc: "The comment service, which deletes a video's comments with it.",
  }),
  COMMENT_SERVER_TIMEOUT: variable.duration({ default: "30s", doc: "Deadline of a call to it." }),
  MAX_UPLOAD_BYTES: variable.integer({
    default: "2147483648",
    min: 1,
    doc: "Bytes of the largest upload.",
  }),
  PROBE_TIMEOUT: variable.duration({
    default: "5s",
    doc: "How long reading width, height and duration of a file may take; then they are 0.",
  }),
  SWEEP_AGE: variable.duration({
    default: "1h",
    doc: "How long nothing was written to a stray object before it is removed.",
  }),
  SWEEP_INTERVAL: variable.duration({
    default: "1h",
    doc: "How often stray objects are looked for, and deletes that broke off are tried again.",
  }),
};
