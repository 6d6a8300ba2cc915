// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { S3Client } from "@aws-sdk/client-s3";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { PermanentError } from "../../kit/wait-for.ts";
import { asStoreError, statusOf } from "./objects.s3-client.ts";
import { ObjectStoreUnavailableError } from "./objects.ts";

export interface BucketOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly policy: "public" | "private";
}

/**
 * Makes the bucket if it is not there and, if that is wanted and it has no policy, lets everybody
 * GET its objects, which is all that clients need. Several processes may do it at once.
 *
 * @throws ObjectStoreUnavailableError; PermanentError when the server refuses.
 */
export async function openBucket(client: S3Client, options: BucketOptions): Promise<void> {
  const { endpoint, region, bucket: Bucket, policy } = options;

  async function exists(): Promise<boolean> {
    try {
      await client.send(new HeadBucketCommand({ Bucket }));
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  async function create(): Promise<void> {
    try {
      const elsewhere = region !== "us-east-1" && { LocationConstraint: region as never };
      await client.send(
        new CreateBucketCommand({
          Bucket,
          ...(elsewhere && { CreateBucketConfiguration: elsewhere }),
        }),
      );
    } catch (error) {
      // Another process was faster; a name that somebody else has is found out now.
      if (statusOf(error) !== 409 || !(await exists())) throw error;
    }
  }

  async function hasPolicy(): Promise<boolean> {
    try {
      await client.send(new GetBucketPolicyCommand({ Bucket }));
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  }

  const at = `'${Bucket}' at '${endpoint}'`;
  try {
    if (!(await exists())) await create();
  } catch (error) {
    throw refusal(`Cannot open bucket ${at}`, error);
  }
  if (policy === "private") return;
  try {
    if (await hasPolicy()) return;
    const Policy = JSON.stringify(readableByAll(Bucket));
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  } catch (error) {
    const hint = "MINIO_POLICY=private leaves that to you";
    throw refusal(`Cannot let clients GET the objects of bucket ${at} (${hint})`, error);
  }
}

function readableByAll(bucket: string) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: ["*"] },
        Action: ["s3:GetObject"],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  };
}

// No waiting mends wrong credentials or a name that is not allowed.
function refusal(action: string, error: unknown): Error {
  const meant = asStoreError(action, error);
  if (meant instanceof ObjectStoreUnavailableError) return meant;
  // Answers to HEAD have no words of their own.
  const message = statusOf(error) === 403 ? `${action}: access is denied` : meant.message;
  return new PermanentError(message, { cause: error });
}
