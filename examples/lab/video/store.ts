// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type VideoStatus = "uploaded" | "encoding" | "failed" | "success";

/** An uploaded video and its renditions. */
export interface Video {
  /** 24 hexadecimal digits. */
  readonly id: string;
  /** Pixels; 0 when the file is no video. */
  readonly width: number;
  readonly height: number;
  /** Bytes. */
  readonly size: number;
  /** Seconds. */
  readonly duration: number;
  /** Where a client can GET the uploaded file. */
  readonly url: string;
  /** Name of the uploaded file in the object store. */
  readonly objectName: string;
  readonly status: VideoStatus;
  /** URL of each rendition by its height. */
  readonly variants: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What the uploader knows; the store adds status, variants and times. */
export type NewVideo = Omit<Video, "status" | "variants" | "createdAt" | "updatedAt">;

/** A record for Kafka that is to be sent if, and only if, the row beside it is committed. */
export interface OutboxEvent {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Heights of the renditions that make a video complete. */
export const targetScales = [360, 480, 720, 1080] as const;

/** No video has this id, or it is being deleted. */
export class VideoNotFoundError extends Error {
  override readonly name = "VideoNotFoundError";

  constructor(id: string) {
    super(`Cannot find video '${id}'`);
  }
}

export interface VideoStoreUnavailableOptions extends ErrorOptions {
  /** Default false. */
  mayHaveHappened?: boolean;
}

/** The store cannot be reached now, or does not get to its work: the same call may succeed later. */
export class VideoStoreUnavailableError extends Error {
  override readonly name = "VideoStoreUnavailableError";
  /** True for a write that was sent and not answered: it came through, or did not, or still will. */
  readonly mayHaveHappened: boolean;

  constructor(message: string, options: VideoStoreUnavailableOptions = {}) {
    super(message, options);
    this.mayHaveHappened = options.mayHaveHappened ?? false;
  }
}

/**
 * Where videos are kept. A write that resolved is durable and is seen by every later read, of
 * every process. A write that rejected left nothing behind, but for one whose error has
 * `mayHaveHappened`. Every write moves `updatedAt`. Every method may reject with
 * `VideoStoreUnavailableError`.
 */
export interface VideoStore {
  /** @throws VideoNotFoundError, also for a video that is being deleted. */
  get(id: string): Promise<Video>;
  /** By creation time; limit 0 means all. */
  list(limit: number, skip: number): Promise<Video[]>;
  /** Keeps the row, with status "uploaded", and the event in one commit. */
  create(video: NewVideo, event: OutboxEvent): Promise<void>;
  /** Moves "uploaded" to "encoding"; any other status, or an unknown id, stays as it is. */
  markEncoding(id: string): Promise<void>;
  /**
   * Sets the URL of one rendition; doing it again changes nothing. The status becomes "success"
   * when every target scale is there; before that "failed" stays, and all else is "encoding".
   *
   * @throws VideoNotFoundError
   */
  updateVariant(id: string, scale: number, url: string): Promise<Video>;
  /** Moves to "failed", but never from "success"; an unknown id is no error. */
  markFailed(id: string): Promise<void>;
  /**
   * Hides the video from reads and answers what is to be cleaned up; can be repeated until
   * `finishDelete`.
   *
   * @throws VideoNotFoundError
   */
  beginDelete(id: string): Promise<Video>;
  /** Forgets the row; an unknown id is no error. */
  finishDelete(id: string): Promise<void>;
  /** The videos whose delete began and did not finish. */
  deleting(): Promise<Video[]>;
  close(): Promise<void>;
}

/** The status after a rendition was added. */
export function statusWithVariants(
  status: VideoStatus,
  variants: Readonly<Record<string, string>>,
): VideoStatus {
  if (targetScales.every((scale) => Object.hasOwn(variants, scale))) return "success";
  return status === "failed" ? "failed" : "encoding";
}
