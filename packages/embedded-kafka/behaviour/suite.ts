// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe } from "vitest";
import { brokerDeathsChapter } from "./chapters/broker-deaths.ts";
import { classicGroupsChapter } from "./chapters/classic-groups.ts";
import { cleaningChapter } from "./chapters/cleaning.ts";
import { clusterChapter } from "./chapters/cluster.ts";
import { configsChapter } from "./chapters/configs.ts";
import { connectionsChapter } from "./chapters/connections.ts";
import { consumerGroupAssignmentsChapter } from "./chapters/consumer-group-assignments.ts";
import { consumerGroupOffsetsChapter } from "./chapters/consumer-group-offsets.ts";
import { consumerGroupsChapter } from "./chapters/consumer-groups.ts";
import { createTopicsChapter } from "./chapters/create-topics.ts";
import { deleteRecordsChapter } from "./chapters/delete-records.ts";
import { fetchChapter } from "./chapters/fetch.ts";
import { fetchSessionsChapter } from "./chapters/fetch-sessions.ts";
import { idempotenceChapter } from "./chapters/idempotence.ts";
import { kafkajsChapter } from "./chapters/kafkajs.ts";
import { listOffsetsChapter } from "./chapters/list-offsets.ts";
import { metadataChapter } from "./chapters/metadata.ts";
import { offsetsChapter } from "./chapters/offsets.ts";
import { platformaticChapter } from "./chapters/platformatic.ts";
import { produceChapter } from "./chapters/produce.ts";
import { restartChapter } from "./chapters/restart.ts";
import { securityChapter } from "./chapters/security.ts";
import { staticMembersChapter } from "./chapters/static-members.ts";
import { toolsChapter } from "./chapters/tools.ts";
import { topicsChapter } from "./chapters/topics.ts";
import { transactionOffsetsChapter } from "./chapters/transaction-offsets.ts";
import { transactionStatesChapter } from "./chapters/transaction-states.ts";
import { transactionsChapter } from "./chapters/transactions.ts";
import { transactionsV2Chapter } from "./chapters/transactions-v2.ts";
import type { ClusterOptions, Lab } from "./lab.ts";
import { Site } from "./site.ts";

/** What is expected of every broker: one suite, whatever answers. */
export function describeBehaviour(lab: Lab): void {
  describe(lab.name, () => {
    describeOn(lab, "one broker", { isSecured: true }, (site) => {
      produceChapter(site);
      fetchChapter(site);
      fetchSessionsChapter(site);
      listOffsetsChapter(site);
      deleteRecordsChapter(site);
      createTopicsChapter(site);
      topicsChapter(site);
      metadataChapter(site);
      configsChapter(site);
      offsetsChapter(site);
      idempotenceChapter(site);
      transactionsChapter(site);
      transactionStatesChapter(site);
      transactionOffsetsChapter(site);
      transactionsV2Chapter(site);
      consumerGroupsChapter(site);
      consumerGroupAssignmentsChapter(site);
      consumerGroupOffsetsChapter(site);
      toolsChapter(site);
      connectionsChapter(site);
      securityChapter(site);
      cleaningChapter(site);
      kafkajsChapter(site);
      platformaticChapter(site);
      classicGroupsChapter(site);
      staticMembersChapter(site);
    });
    describeOn(lab, "three brokers", { brokers: 3 }, (site) => {
      clusterChapter(site);
      brokerDeathsChapter(site);
    });
    describeOn(lab, "a broker with its data on disk", { isDurable: true }, (site) => {
      restartChapter(site);
    });
  });
}

/** Chapters on a cluster of their own, which is there from the first test to the last. */
export function describeOn(
  lab: Lab,
  title: string,
  options: ClusterOptions,
  body: (site: Site) => void,
): void {
  describe(title, () => {
    const site = new Site(lab);
    beforeAll(async () => {
      site.cluster = await lab.start(options);
    });
    afterAll(() => site.cluster[Symbol.asyncDispose]());
    body(site);
  });
}
