// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { DeleteBucketCommand } from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import type { S3ObjectStoreOptions } from "./objects.s3.ts";
import { openS3ObjectStore } from "./objects.s3.ts";
import { createS3Client } from "./objects.s3-client.ts";
import type { ObjectStore } from "./objects.ts";

export interface S3Env {
  readonly MINIO_ENDPOINT: string;
  readonly MINIO_USERNAME: string;
  readonly MINIO_PASSWORD: string;
}

/** Options of a bucket that nobody else has; it goes with the test, if there is one. */
export function freshBucket(env: S3Env): S3ObjectStoreOptions {
  const bucket = `videos-${randomUUID()}`;
  const options: S3ObjectStoreOptions = {
    endpoint: env.MINIO_ENDPOINT,
    region: "us-east-1",
    username: env.MINIO_USERNAME,
    password: env.MINIO_PASSWORD,
    bucket,
    policy: "public",
    baseUrl: `${env.MINIO_ENDPOINT}/${bucket}`,
  };
  onTestFinished(() => removeBucket(options));
  return options;
}

/** A client that looks at the server past the adapter. */
export function peekClient(options: S3ObjectStoreOptions): S3Client {
  const client = createS3Client(options);
  onTestFinished(() => client.destroy());
  return client;
}

async function removeBucket(options: S3ObjectStoreOptions): Promise<void> {
  const objects: ObjectStore = await openS3ObjectStore(options);
  for await (const { name } of objects.list("")) await objects.delete(name);
  await objects.removeParts(new Date(Date.now() + 60_000));
  const client = createS3Client(options);
  await client.send(new DeleteBucketCommand({ Bucket: options.bucket }));
  client.destroy();
}
