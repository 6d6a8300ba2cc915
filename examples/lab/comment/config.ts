// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cacheVariables } from "../kit/cache/cache-variables.ts";
import { serviceVariables } from "../kit/service-variables.ts";
import * as variable from "../kit/variables.ts";
import { commentStoreSchemes } from "./store.open.ts";

const common = serviceVariables("comment-api");

export const commentApiVariables = {
  ...common,
  GRPC_ADDR: variable.address({
    default: ":8081",
    doc: "Where gRPC, gRPC-Web and Connect are served.",
  }),
  POSTGRES_URL: variable.adapterUrl(commentStoreSchemes, {
    doc: "Where comments are stored: `sqlite:<file>` or `postgres://<user>:<password>@<host>/<database>`.",
  }),
  ...cacheVariables,
  VIDEO_SERVER_ADDR: variable.address({
    default: "localhost:8082",
    doc: "The video service, which is asked whether a video exists.",
  }),
  VIDEO_SERVER_TIMEOUT: variable.duration({ default: "30s", doc: "Deadline of a call to it." }),
  SWEEP_BACK: variable.duration({
    default: "24h",
    doc: "How old the comments are that the first sweep after a start looks at.",
  }),
  SWEEP_INTERVAL: variable.duration({
    default: "1h",
    doc: "How often comments of deleted videos are looked for, which a killed process can leave behind.",
  }),
};

export const commentMigrationVariables = {
  LOGGER_LEVEL: common.LOGGER_LEVEL,
  MIGRATION_URL: variable.adapterUrl(commentStoreSchemes, {
    doc: "The database to migrate, like `POSTGRES_URL` of comment-api.",
  }),
  MIGRATION_SOURCE: variable.text({
    default: "",
    doc: "Folder of the SQL files, also as `file://<folder>`; empty for those of the adapter here.",
  }),
};
