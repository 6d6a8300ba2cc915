// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { statfsSync } from "node:fs";
import { resolve } from "node:path";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Tells how large the logs are of which the node has a replica. They lie in one place. */
export const describeLogDirs: Handler<"describeLogDirs"> = ({ topics }, context) => {
  const { dataDir } = context.cluster.options;
  const wanted =
    topics ??
    [...context.cluster.topics.topics].map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((_, index) => index),
    }));
  return {
    errorCode: errorCodes.NONE,
    results: [
      {
        errorCode: errorCodes.NONE,
        logDir: dataDir === undefined ? "memory" : resolve(dataDir),
        topics: wanted
          .map(({ name, partitions }) => ({
            name,
            partitions: partitions.flatMap((index) => describe(name, index, context)),
          }))
          .filter(({ partitions }) => partitions.length > 0),
        ...(dataDir !== undefined && sizeOf(dataDir)),
      },
    ],
  };
};

function describe(name: string, index: number, { cluster, node }: RequestContext) {
  const partition = cluster.topics.partition(name, index);
  if (!partition?.replicas.includes(node.id)) return [];
  const partitionSize = BigInt(partition.log.sizeBytes);
  return [{ index, partitionSize, offsetLag: 0n, isFutureKey: false }];
}

/** Of the disk that has the data. */
function sizeOf(dataDir: string) {
  const { bsize, blocks, bavail } = statfsSync(dataDir, { bigint: true });
  return { totalBytes: bsize * blocks, usableBytes: bsize * bavail };
}
