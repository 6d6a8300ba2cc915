// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cacheVariables } from "../kit/cache/cache-variables.ts";
import { kafkaProducerVariables } from "../kit/kafka-variables.ts";
import { serviceVariables } from "../kit/service-variables.ts";
import * as variable from "../kit/variables.ts";
import { storageVariables } from "../video/storage-variables.ts";

export const videoStreamVariables = {
  ...serviceVariables("video-stream"),
  ...storageVariables,
  ...cacheVariables,
  KAFKA_CONSUMER_ADDRS: variable.addresses({
    default: "localhost:29092",
    doc: "Kafka brokers, of the events and of the fan-out.",
  }),
  KAFKA_CONSUMER_TOPIC: variable.text({ default: "video", doc: "Topic of the events." }),
  KAFKA_CONSUMER_GROUP: variable.text({ default: "video-stream", doc: "Consumer group." }),
  KAFKA_CONSUMER_SESSION_TIMEOUT: variable.duration({
    default: "10s",
    doc: "How soon the work of a killed process goes to another.",
  }),
  ...kafkaProducerVariables,
  STREAM_CONCURRENCY: variable.integer({
    default: "64",
    min: 1,
    doc: "Events worked on at once; with ffmpeg, about the number of cores.",
  }),
  STREAM_RETRY_ATTEMPTS: variable.integer({
    default: "5",
    min: 1,
    doc: "Tries of an event before it goes to the dead-letter topic and its video is `failed`.",
  }),
  STREAM_TIMEOUT: variable.duration({
    default: "1h",
    doc: "How long one try of an event may take; with ffmpeg, more than a rendition of the longest video.",
  }),
  TRANSCODER: variable.oneOf(["mock", "ffmpeg"], {
    default: "mock",
    doc: "`mock` waits and answers the original's URL, `ffmpeg` makes real renditions.",
  }),
  TRANSCODER_MOCK_DELAY: variable.duration({
    default: "3s",
    doc: "How long the mock takes for a rendition.",
  }),
};
