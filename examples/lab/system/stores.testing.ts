// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ListMultipartUploadsCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { createClient } from "@redis/client";
import { type Document, MongoClient } from "mongodb";
import pg from "pg";

/** What is in the stores, seen with their own drivers and past the services. */
export interface Stores {
  /** Documents of the collection `videos`. */
  videos(): Promise<Document[]>;
  /** Rows of the table `comments`. */
  comments(): Promise<{ id: string; video_id: string; content: string }[]>;
  /** Names of the objects in the bucket. */
  objects(): Promise<string[]>;
  /** Keys of multipart uploads that were neither completed nor aborted. */
  unfinishedUploads(): Promise<string[]>;
  /** Keys in Redis that match the pattern. */
  cacheKeys(pattern: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Connections are made at each look: a server may have been away since the last one. */
export function lookInto(env: Readonly<Record<string, string>>): Stores {
  const bucket = env.MINIO_BUCKET ?? "videos";
  const s3 = new S3Client({
    endpoint: env.MINIO_ENDPOINT ?? "",
    region: "us-east-1",
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.MINIO_USERNAME ?? "",
      secretAccessKey: env.MINIO_PASSWORD ?? "",
    },
  });

  return {
    videos: async () => {
      const client = await MongoClient.connect(env.MONGO_URL ?? "");
      try {
        const database = client.db(env.MONGO_DATABASE ?? "nthu_distributed_system");
        return await database.collection("videos").find().toArray();
      } finally {
        await client.close();
      }
    },
    comments: async () => {
      const client = new pg.Client({ connectionString: env.POSTGRES_URL });
      await client.connect();
      try {
        return (await client.query("SELECT id, video_id, content FROM comments")).rows;
      } finally {
        await client.end();
      }
    },
    objects: async () => {
      const names: string[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        for (const { Key: name } of page.Contents ?? []) names.push(name ?? "");
      }
      return names;
    },
    unfinishedUploads: async () => {
      const answer = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return (answer.Uploads ?? []).map(({ Key: name }) => name ?? "");
    },
    cacheKeys: async (pattern) => {
      const client = createClient({ url: `redis://${env.REDIS_ADDR}` });
      await client.connect();
      try {
        return await client.keys(pattern);
      } finally {
        await client.close();
      }
    },
    close: async () => s3.destroy(),
  };
}
