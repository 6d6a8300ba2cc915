// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { statfsSync } from "node:fs";
import { resolve } from "node:path";
import { errorCodes } from "../protocol/error-codes.ts";
import { storing } from "./fault.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Tells how large the logs are of which the node has a replica. They lie in one place. */
export const describeLogDirs: Handler<"describeLogDirs"> = ({ topics }, context) => {
  const { cluster } = context;
  const { dataDir } = cluster.options;
  const logDir = dataDir === undefined ? "memory" : resolve(dataDir);
  let size: ReturnType<typeof sizeOf> | undefined;
  const failed = storing(cluster, `Cannot tell the size of the disk of '${logDir}'`, () => {
    if (dataDir !== undefined) size = sizeOf(dataDir);
  });
  if (failed) {
    const { errorCode } = failed;
    return { errorCode: errorCodes.NONE, results: [{ errorCode, logDir, topics: [] }] };
  }
  const wanted =
    topics ??
    [...cluster.topics.topics].map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((_, index) => index),
    }));
  return {
    errorCode: errorCodes.NONE,
    results: [
      {
        errorCode: errorCodes.NONE,
        logDir,
        topics: wanted
          .map(({ name, partitions }) => ({
            name,
            partitions: partitions.flatMap((index) => describe(name, index, context)),
          }))
          .filter(({ partitions }) => partitions.length > 0),
        ...size,
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
