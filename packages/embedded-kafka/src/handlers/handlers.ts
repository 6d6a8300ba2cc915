// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ApiId } from "../protocol/apis.ts";
import { createApiVersionsHandler } from "./api-versions.ts";
import { describeConfigs } from "./describe-configs.ts";
import { describeUserScramCredentials } from "./describe-user-scram-credentials.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import { deleteGroups } from "./delete-groups.ts";
import { describeGroups } from "./describe-groups.ts";
import { heartbeat } from "./heartbeat.ts";
import { joinGroup } from "./join-group.ts";
import { leaveGroup } from "./leave-group.ts";
import { listGroups } from "./list-groups.ts";
import { offsetCommit } from "./offset-commit.ts";
import { offsetDelete } from "./offset-delete.ts";
import { offsetFetch } from "./offset-fetch.ts";
import { syncGroup } from "./sync-group.ts";
import type { Handler } from "./handler.ts";
import { initProducerId } from "./init-producer-id.ts";
import { listOffsets } from "./list-offsets.ts";
import { metadata } from "./metadata.ts";
import { produce } from "./produce.ts";
import { saslAuthenticate } from "./sasl-authenticate.ts";
import { saslHandshake } from "./sasl-handshake.ts";
import { createPartitions, createTopics, deleteTopics } from "./topics.ts";

type Handlers = { readonly [N in ApiId]?: Handler<N> };

const answering = {
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  offsetDelete,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  createTopics,
  deleteTopics,
  initProducerId,
  describeConfigs,
  createPartitions,
  deleteGroups,
  saslHandshake,
  saslAuthenticate,
  describeUserScramCredentials,
} satisfies Handlers;

/** Who answers which request. One without a handler is not served. */
export const handlers: Handlers = {
  ...answering,
  apiVersions: createApiVersionsHandler([...(Object.keys(answering) as ApiId[]), "apiVersions"]),
};
