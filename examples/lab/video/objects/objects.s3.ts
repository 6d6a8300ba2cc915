// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ListPartsCommandOutput, MultipartUpload, S3Client } from "@aws-sdk/client-s3";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { openBucket } from "./objects.s3-bucket.ts";
import type { S3ClientOptions } from "./objects.s3-client.ts";
import { asStoreError, createS3Client, statusOf } from "./objects.s3-client.ts";
import { createS3Putter } from "./objects.s3-put.ts";
import type { ObjectStore, StoredObject } from "./objects.ts";

const sourceSeconds = 24 * 60 * 60;

export interface S3ObjectStoreOptions extends S3ClientOptions {
  /** Made if it is not there. */
  readonly bucket: string;
  /** `public` lets everybody GET objects of a bucket that has no policy; `private` sets none. */
  readonly policy: "public" | "private";
  /** What the URL of every object starts with, without a slash at the end. */
  readonly baseUrl: string;
  /** Names per request of a listing. Default 1000, the most that there can be. */
  listPageSize?: number;
}

/**
 * Objects in a bucket of an S3 server.
 *
 * @throws ObjectStoreUnavailableError when the server does not answer; PermanentError when it
 * refuses the credentials, the bucket or its policy.
 */
export async function openS3ObjectStore(options: S3ObjectStoreOptions): Promise<ObjectStore> {
  const client = createS3Client(options);
  try {
    await openBucket(client, options);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return createS3ObjectStore(client, options);
}

function createS3ObjectStore(
  client: S3Client,
  options: Pick<S3ObjectStoreOptions, "bucket" | "baseUrl" | "listPageSize">,
): ObjectStore {
  const { bucket: Bucket, baseUrl, listPageSize = 1000 } = options;
  const putter = createS3Putter(client, Bucket);

  async function* list(prefix: string): AsyncGenerator<StoredObject> {
    const pages = paginateListObjectsV2(
      { client, pageSize: listPageSize },
      { Bucket, Prefix: prefix },
    );
    for await (const { Contents = [] } of naming("Cannot list objects", pages)) {
      for (const { Key: name, LastModified: modifiedAt } of Contents) {
        if (name !== undefined && modifiedAt !== undefined) yield { name, modifiedAt };
      }
    }
  }

  async function isLeft(upload: MultipartUpload, before: Date): Promise<boolean> {
    const { Key = "", UploadId = "", Initiated = before } = upload;
    if (Initiated > before || putter.isUnderWay(Key)) return false;
    return !(await grewSince(before, Key, UploadId));
  }

  /** Whether a part came after `before`: another process is at it, however long ago it began. */
  async function grewSince(before: Date, Key: string, UploadId: string): Promise<boolean> {
    try {
      // Not by the SDK's paginator: it goes by the marker, which some servers give with the last page.
      let PartNumberMarker: string | undefined;
      do {
        const page: ListPartsCommandOutput = await client.send(
          new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker }),
        );
        const { Parts = [] } = page;
        if (Parts.some(({ LastModified }) => LastModified && LastModified > before)) return true;
        PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (PartNumberMarker !== undefined);
      return false;
    } catch (error) {
      // Completed or removed meanwhile.
      if (statusOf(error) === 404) return true;
      throw asStoreError(`Cannot list the parts of object '${Key}'`, error);
    }
  }

  return {
    put: putter.put,
    delete: async (name) => {
      const command = new DeleteObjectCommand({ Bucket, Key: name });
      await client.send(command).catch(refuse(`Cannot delete object '${name}'`));
    },
    list,
    read: async (name, start, end) => {
      if (end <= start) return new Uint8Array();
      const Range = `bytes=${start}-${end - 1}`;
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: name, Range }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        // The object ends before the range begins.
        if (statusOf(error) === 416) return new Uint8Array();
        throw asStoreError(`Cannot read object '${name}'`, error);
      }
    },
    url: (name) => `${baseUrl}/${encodeURIComponent(name)}`,
    sourceUrl: (name) =>
      getSignedUrl(client, new GetObjectCommand({ Bucket, Key: name }), {
        expiresIn: sourceSeconds,
      }),
    removeParts: async (before) => {
      let removed = 0;
      // From the beginning each time, as not every server can go on behind what was removed.
      for (let more = true; more; ) {
        const removedBefore = removed;
        const { Uploads = [], IsTruncated = false } = await client
          .send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: listPageSize }))
          .catch(refuse("Cannot list unfinished objects"));
        for (const upload of Uploads) {
          if (!(await isLeft(upload, before))) continue;
          await putter.removeUpload(upload.Key ?? "", upload.UploadId ?? "");
          removed++;
        }
        more = IsTruncated && removed > removedBefore;
      }
      return removed;
    },
  };
}

function refuse(action: string) {
  return (error: unknown): never => {
    throw asStoreError(action, error);
  };
}

async function* naming<T>(action: string, pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw asStoreError(action, error);
  }
}
