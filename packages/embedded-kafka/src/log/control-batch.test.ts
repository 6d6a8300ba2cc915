// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createMarkerBatch, readMarker } from "./control-batch.ts";
import { isIntact, readBatchHeader } from "./record-batch.ts";
import { emptied } from "./rewrite-batch.ts";

const marker = { producerId: 2 ** 40, producerEpoch: 7, coordinatorEpoch: 3, timestamp: 1_000 };

test.each([true, false])(
  "readMarker() gives what createMarkerBatch() was given (%s)",
  (isCommit) => {
    const batch = createMarkerBatch({ ...marker, isCommit });
    expect([isIntact(batch), readMarker(batch)]).toEqual([true, { ...marker, isCommit }]);
  },
);

test("readMarker() gives nothing when compaction has emptied the batch, or it is no marker", () => {
  const batch = createMarkerBatch({ ...marker, isCommit: true });
  const empty = emptied(readBatchHeader(batch));
  // The type of a leader change message, which only Kafka's own controllers write.
  batch.writeInt16BE(2, 68);
  expect([isIntact(empty), readMarker(empty), readMarker(batch)]).toEqual([
    true,
    undefined,
    undefined,
  ]);
});
