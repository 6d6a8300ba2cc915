// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { abortable } from "./abortable.ts";
import { contentType } from "./content-type.ts";
import { asStoreError, statusOf } from "./objects.s3-client.ts";
import { partsOf } from "./objects.s3-parts.ts";
import { ObjectStoreUnavailableError } from "./objects.ts";

// The least that S3 takes; its 10 000 parts make 48 GiB the largest object.
const partBytes = 5 * 1024 * 1024;
// While it is sent the next is filled: 10 MiB at most for one object.
const partsInFlight = 1;
// Servers may have to join the parts by copying them.
const completeTimeoutMs = 60_000;
// Some five minutes; after that it is the sweep's.
const removeAttempts = 10;
// After that a part whose answer did not come has come or will not, and is removed again.
const latePartMs = 15_000;
// How long a caller waits for it, whose own failure is known by then.
const undoWaitMs = 5000;

export interface S3Putter {
  /** See `ObjectStore.put`. */
  put(name: string, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number>;
  /** Whether an object of the name is being put by this process. */
  isUnderWay(name: string): boolean;
  /** Removes the parts of an unfinished upload; one that is gone is no error. */
  removeUpload(name: string, uploadId: string): Promise<void>;
}

/**
 * Puts objects as they come: in one request when they are small, else in parts, of which a failure
 * leaves none.
 *
 * Not by the SDK's `Upload`: that one reads all the chunks to their end when a part has failed, and
 * leaves parts when it is aborted while it waits for a chunk.
 */
export function createS3Putter(client: S3Client, bucket: string): S3Putter {
  const underWay = new Map<symbol, string>();

  async function put(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const object = { Bucket: bucket, Key: name };
    // Tells this put's object from one that had the name before.
    const token = randomUUID();
    const attributes = { ContentType: contentType(name), Metadata: { put: token } };

    const failing = new AbortController();
    const either = () => failing.abort(signal.reason);
    signal.addEventListener("abort", either, { once: true });
    const sending: Promise<void>[] = [];
    const sent: CompletedPart[] = [];
    let uploadId: string | undefined;
    let size = 0;
    let partMayCome = false;

    // Not ended by the signal: a part that comes behind the removal of its upload stays there.
    async function sendPart(bytes: Uint8Array, number: number): Promise<void> {
      try {
        const { ETag } = await client.send(
          new UploadPartCommand({
            ...object,
            UploadId: uploadId,
            PartNumber: number,
            Body: bytes,
          }),
        );
        sent.push({ PartNumber: number, ETag });
      } catch (error) {
        const failure = asStoreError(`Cannot store part ${number} of object '${name}'`, error);
        partMayCome ||= failure instanceof ObjectStoreUnavailableError;
        // The first reason counts, and nothing more is read.
        failing.abort(failure);
      }
    }

    // From here on the signal is not heard: a request that may have taken effect is waited for.
    async function complete(): Promise<void> {
      const Parts = sent.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      try {
        await client.send(
          new CompleteMultipartUploadCommand({
            ...object,
            UploadId: uploadId,
            MultipartUpload: { Parts },
          }),
          { requestTimeout: completeTimeoutMs },
        );
      } catch (error) {
        // An attempt whose answer was lost may have made the object, and left the next no upload.
        if (statusOf(error) !== 404 || !(await isStored())) throw error;
      }
    }

    async function isStored(): Promise<boolean> {
      const { Metadata } = await client.send(new HeadObjectCommand(object));
      return Metadata?.put === token;
    }

    async function undo(): Promise<void> {
      await Promise.all(sending);
      if (uploadId === undefined) return;
      await removeUntilGone(name, uploadId);
      if (!partMayCome) return;
      await sleep(latePartMs, undefined, { ref: false });
      await removeUntilGone(name, uploadId);
    }

    try {
      signal.throwIfAborted();
      const source = abortable(chunks, failing.signal);
      for await (const part of partsOf(source, partBytes, partsInFlight + 1)) {
        failing.signal.throwIfAborted();
        size += part.bytes.length;
        if (part.last && uploadId === undefined) {
          const whole = { ...object, ...attributes, Body: part.bytes };
          await ask(name, () => client.send(new PutObjectCommand(whole)));
          return size;
        }
        // Not ended by the signal: the id is needed to remove the upload.
        uploadId ??= await ask(name, async () => {
          const command = new CreateMultipartUploadCommand({ ...object, ...attributes });
          return (await client.send(command)).UploadId;
        });
        sending.push(sendPart(part.bytes, sending.length + 1).finally(part.release));
      }
      await Promise.all(sending);
      failing.signal.throwIfAborted();
      await ask(name, complete);
      return size;
    } catch (error) {
      failing.abort(error);
      const { reason } = failing.signal;
      // A server that is away would keep the caller waiting for nothing, and so may one that hangs.
      const waitMs = reason instanceof ObjectStoreUnavailableError ? 0 : undoWaitMs;
      await Promise.race([undo(), sleep(waitMs, undefined, { ref: false })]);
      throw reason;
    } finally {
      signal.removeEventListener("abort", either);
    }
  }

  async function removeUpload(name: string, uploadId: string): Promise<void> {
    const upload = { Bucket: bucket, Key: name, UploadId: uploadId };
    try {
      await client.send(new AbortMultipartUploadCommand(upload));
    } catch (error) {
      if (statusOf(error) === 404) return;
      throw asStoreError(`Cannot remove the parts of object '${name}'`, error);
    }
  }

  async function removeUntilGone(name: string, uploadId: string): Promise<void> {
    for (let attempt = 0; attempt < removeAttempts; attempt++) {
      try {
        return await removeUpload(name, uploadId);
      } catch {
        await sleep(Math.min(1000 * 2 ** attempt, 60_000), undefined, { ref: false });
      }
    }
  }

  return {
    put: async (name, chunks, signal = new AbortController().signal) => {
      const id = Symbol();
      underWay.set(id, name);
      try {
        return await put(name, chunks, signal);
      } finally {
        underWay.delete(id);
      }
    },
    isUnderWay: (name) => underWay.values().some((other) => other === name),
    removeUpload,
  };
}

async function ask<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStoreError(`Cannot store object '${name}'`, error);
  }
}
