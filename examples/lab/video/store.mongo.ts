// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Db, IndexDescription } from "mongodb";
import { Binary, Double, Long, MongoServerError, ObjectId } from "mongodb";
import type { MongoCall } from "./mongo-call.ts";
import { createMongoCall } from "./mongo-call.ts";
import type { NewVideo, OutboxEvent, Video, VideoStatus, VideoStore } from "./store.ts";
import { targetScales, VideoNotFoundError } from "./store.ts";

/**
 * A document of the collection `videos`. The names are the original's, up to `updated_at`. What it
 * wrote may lack any field but `_id`, as it left out whatever was zero.
 */
export interface VideoDocument {
  readonly _id: ObjectId;
  readonly width?: number;
  readonly height?: number;
  readonly size?: number | Long;
  readonly duration?: number | Double;
  readonly url?: string;
  readonly status?: VideoStatus;
  readonly variants?: Readonly<Record<string, string>>;
  readonly created_at?: Date;
  readonly updated_at?: Date;
  readonly object_name?: string;
  /**
   * "begun": hidden from reads, being cleaned up. "finished": the video is gone, and of the
   * document is left what has to be sent still.
   */
  readonly deleting?: "begun" | "finished";
  /** Until it is sent: in the video's own document, since one server writes one document at once. */
  readonly outbox?: OutboxDocument;
}

export interface OutboxDocument {
  readonly topic: string;
  readonly key: string;
  readonly value: Binary;
  /** A list, as a name may have a dot in it. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly created_at: Date;
}

export const videoIndexes: IndexDescription[] = [
  { name: "videos_by_creation", key: { created_at: 1, _id: 1 } },
  {
    name: "videos_deleting",
    key: { deleting: 1, created_at: 1, _id: 1 },
    partialFilterExpression: { deleting: "begun" },
  },
];

export interface MongoVideoStoreOptions {
  /** Default the system's clock. */
  now?: () => Date;
  /** Default one with the default time limit. */
  call?: MongoCall;
}

const visible = { deleting: { $exists: false } } as const;
const byCreation = { created_at: 1, _id: 1 } as const;
const withoutOutbox = { projection: { outbox: 0 } } as const;

/** Videos, and the outbox of their events, in a MongoDB database that several processes share. */
export function createMongoVideoStore(
  database: Db,
  options: MongoVideoStoreOptions = {},
): Omit<VideoStore, "close"> {
  const { now = () => new Date(), call = createMongoCall() } = options;
  const videos = database.collection<VideoDocument>("videos");

  /** Whether the document is the one that a try before this, whose answer was lost, inserted. */
  async function isKept(document: VideoDocument): Promise<boolean> {
    const kept = await videos.findOne({ _id: document._id }, withoutOutbox);
    // Someone was as quick as to delete it.
    if (kept === null || kept.deleting !== undefined) return true;
    const isSameTime = kept.created_at?.getTime() === document.created_at?.getTime();
    return isSameTime && kept.object_name === document.object_name;
  }

  return {
    get: async (id) => {
      const filter = { _id: new ObjectId(id), ...visible };
      return toVideo(id, await call(() => videos.findOne(filter, withoutOutbox)));
    },
    list: async (limit, skip) => {
      const page = () => videos.find(visible, withoutOutbox).sort(byCreation).skip(skip);
      return toVideos(await call(() => page().limit(limit).toArray()));
    },
    create: async (video, event) => {
      const document = toDocument(video, event, now());
      await call(async (again) => {
        try {
          await videos.insertOne(document);
        } catch (error) {
          if (!isDuplicate(error)) throw error;
          if (again && (await isKept(document))) return;
          throw new Error(`Cannot create video '${video.id}': it exists`, { cause: error });
        }
      });
    },
    markEncoding: async (id) => {
      const filter = { _id: new ObjectId(id), status: "uploaded" as const };
      const change = { $set: { status: "encoding", updated_at: now() } } as const;
      await call(() => videos.updateOne(filter, change));
    },
    updateVariant: async (id, scale, url) => {
      const filter = { _id: new ObjectId(id), ...visible };
      const change = variantChange(scale, url, now());
      const after = { ...withoutOutbox, returnDocument: "after" } as const;
      return toVideo(id, await call(() => videos.findOneAndUpdate(filter, change, after)));
    },
    markFailed: async (id) => {
      const filter = { _id: new ObjectId(id), status: { $in: ["uploaded", "encoding"] as const } };
      const change = { $set: { status: "failed", updated_at: now() } } as const;
      await call(() => videos.updateOne(filter, change));
    },
    beginDelete: async (id) => {
      const filter = { _id: new ObjectId(id), deleting: { $ne: "finished" as const } };
      const change = { $set: { deleting: "begun", updated_at: now() } } as const;
      return toVideo(id, await call(() => videos.findOneAndUpdate(filter, change, withoutOutbox)));
    },
    finishDelete: async (id) => {
      const _id = new ObjectId(id);
      const hasEvent = { _id, outbox: { $exists: true } };
      const onlyEvent = { _id: "$_id", deleting: "finished", outbox: "$outbox" };
      await call(async () => {
        // An event is sent though its video is gone, as it would be had it been quicker.
        await videos.updateOne(hasEvent, [{ $replaceWith: onlyEvent }]);
        await videos.deleteOne({ _id, outbox: { $exists: false } });
      });
    },
    deleting: async () => {
      const begun = () => videos.find({ deleting: "begun" }, withoutOutbox).sort(byCreation);
      return toVideos(await call(() => begun().toArray()));
    },
  };
}

/**
 * One update, so that no rendition gets lost and no status is wrong, however many come at once:
 * `statusWithVariants` in MongoDB's words.
 */
function variantChange(scale: number, url: string, now: Date): object[] {
  const literal = { $literal: url };
  const isThere = (height: number) => ({ $ne: [{ $type: `$variants.${height}` }, "missing"] });
  const isComplete = { $and: targetScales.map(isThere) };
  const unlessComplete = { $cond: [{ $eq: ["$status", "failed"] }, "failed", "encoding"] };
  const status = { $cond: [isComplete, "success", unlessComplete] };
  const isReplay = { $eq: [`$variants.${scale}`, literal] };
  return [
    {
      $set: {
        variants: { $mergeObjects: ["$variants", { [scale]: literal }] },
        updated_at: { $cond: [isReplay, "$updated_at", now] },
      },
    },
    { $set: { status } },
  ];
}

function toDocument(video: NewVideo, event: OutboxEvent, now: Date): VideoDocument {
  const { id, width, height, size, duration, url, objectName } = video;
  const { topic, key, value, headers = {} } = event;
  return {
    _id: new ObjectId(id),
    ...{ width, height, url, status: "uploaded", variants: {} },
    // A number of MongoDB's own type, whatever its value: the original reads it so.
    ...{ size: Long.fromNumber(size), duration: new Double(duration) },
    ...{ created_at: now, updated_at: now, object_name: objectName },
    outbox: {
      ...{ topic, key, value: new Binary(value), created_at: now },
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    },
  };
}

function toVideos(documents: readonly VideoDocument[]): Video[] {
  return documents.map((document) => toVideo(document._id.toHexString(), document));
}

function toVideo(id: string, document: VideoDocument | null): Video {
  if (document === null) throw new VideoNotFoundError(id);
  const createdAt = document.created_at ?? document._id.getTimestamp();
  return {
    id,
    width: document.width ?? 0,
    height: document.height ?? 0,
    size: Number(document.size ?? 0),
    duration: Number(document.duration ?? 0),
    url: document.url ?? "",
    objectName: document.object_name ?? "",
    status: document.status ?? "uploaded",
    variants: document.variants ?? {},
    createdAt,
    updatedAt: document.updated_at ?? createdAt,
  };
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000;
}
