// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetBucketPolicyCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describeWith } from "@labwire/servers/testing";
import { expect, test } from "vitest";
import { chunks, leftovers, objectStoreContract, pattern } from "./objects.contract.ts";
import { freshBucket, peekClient } from "./objects.s3.testing.ts";
import { openS3ObjectStore } from "./objects.s3.ts";

const id = "65a000000000000000000001";
const MiB = 1024 * 1024;
const soon = () => new Date(Date.now() + 60_000);

describeWith(["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"], "objects.s3", (env) => {
  objectStoreContract("S3", () => openS3ObjectStore({ ...freshBucket(env), listPageSize: 10 }));

  test("openS3ObjectStore() lets everybody GET objects, and neither list, write nor delete them", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore(options);
    await objects.put(`${id}-a`, chunks("the bytes"));
    const bucket = `${env.MINIO_ENDPOINT}/${options.bucket}`;

    const answers = {
      get: await statusOf(objects.url(`${id}-a`)),
      list: await statusOf(`${bucket}?list-type=2`),
      uploads: await statusOf(`${bucket}?uploads`),
      put: await statusOf(`${bucket}/other`, { method: "PUT", body: "bytes" }),
      delete: await statusOf(objects.url(`${id}-a`), { method: "DELETE" }),
    };

    expect(answers).toEqual({ get: 200, list: 403, uploads: 403, put: 403, delete: 403 });
  });

  test("openS3ObjectStore() makes one bucket when many processes start at once", async () => {
    const options = freshBucket(env);

    const opened = await Promise.all(Array.from({ length: 8 }, () => openS3ObjectStore(options)));

    await Promise.all(opened.map((objects, i) => objects.put(`${id}-${i}`, chunks("x"))));
    expect((await leftovers(opened[0] as (typeof opened)[0])).names).toHaveLength(8);
  });

  test("openS3ObjectStore() leaves the policy of a bucket that has one", async () => {
    const options = freshBucket(env);
    const peek = peekClient(options);
    const { bucket: Bucket } = options;
    await peek.send(new CreateBucketCommand({ Bucket }));
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${Bucket}/*`,
        },
      ],
    });
    await peek.send(new PutBucketPolicyCommand({ Bucket, Policy }));

    await openS3ObjectStore(options);

    const after = await peek.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(after.Policy ?? "")).toEqual(JSON.parse(Policy));
  });

  test("openS3ObjectStore() with the policy private lets nobody GET but by sourceUrl()", async () => {
    const objects = await openS3ObjectStore({ ...freshBucket(env), policy: "private" });
    await objects.put(`${id}-a`, chunks("the bytes"));

    expect([
      await statusOf(objects.url(`${id}-a`)),
      await statusOf(await objects.sourceUrl(`${id}-a`)),
    ]).toEqual([403, 200]);
  });

  test("openS3ObjectStore() does not wait when the server refuses the credentials", async () => {
    const { bucket, ...options } = freshBucket(env);

    const opening = openS3ObjectStore({ ...options, bucket, password: "wrong-password" });

    await expect(opening).rejects.toMatchObject({
      name: "PermanentError",
      message: `Cannot open bucket '${bucket}' at '${env.MINIO_ENDPOINT}': access is denied`,
    });
  });

  test("openS3ObjectStore() does not wait when the bucket cannot have its name", async () => {
    const options = { ...freshBucket(env), bucket: "No Bucket" };

    await expect(openS3ObjectStore(options)).rejects.toMatchObject({
      name: "PermanentError",
      message: expect.stringContaining("Cannot open bucket 'No Bucket' at "),
    });
  });

  test("put() says of videos that they are some, and of nothing else what it might be", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore(options);
    const types: Record<string, string | undefined> = {};

    for (const name of [`${id}-a.mp4`, `${id}-a.WebM`, `${id}-a.html`, `${id}-a`]) {
      await objects.put(name, chunks("<script>"));
      const head = await peekClient(options).send(
        new HeadObjectCommand({ Bucket: options.bucket, Key: name }),
      );
      types[name] = head.ContentType;
    }

    expect(types).toEqual({
      [`${id}-a.mp4`]: "video/mp4",
      [`${id}-a.WebM`]: "video/webm",
      [`${id}-a.html`]: "application/octet-stream",
      [`${id}-a`]: "application/octet-stream",
    });
  });

  test("put() of a small object makes no multipart upload, one of 13 MiB three parts", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore(options);
    await objects.put(`${id}-small`, pattern(5 * MiB));
    await objects.put(`${id}-large`, pattern(13 * MiB));

    const tags = await Promise.all(
      [`${id}-small`, `${id}-large`].map(async (name) =>
        (await fetch(objects.url(name))).headers.get("etag"),
      ),
    );

    // S3 writes the number of parts behind the digest.
    expect(tags.map((tag) => /-(\d+)"$/.exec(tag ?? "")?.[1])).toEqual([undefined, "3"]);
  });

  test("removeParts() removes what a killed process left, and spares what grew since", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore({ ...options, listPageSize: 2 });
    const peek = peekClient(options);
    const object = { Bucket: options.bucket, Key: `${id}-left` };
    for (const _ of Array.from({ length: 3 })) {
      const { UploadId } = await peek.send(new CreateMultipartUploadCommand(object));
      const Body = new Uint8Array(1000);
      await peek.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body }));
    }
    await peek.send(new CreateMultipartUploadCommand({ ...object, Key: `${id}-empty` }));

    const early = await objects.removeParts(new Date(Date.now() - 60_000));
    const late = await objects.removeParts(soon());

    const { Uploads = [] } = await peek.send(
      new ListMultipartUploadsCommand({ Bucket: options.bucket }),
    );
    expect([early, late, Uploads]).toEqual([0, 4, []]);
  });
});

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}
