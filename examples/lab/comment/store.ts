// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A comment on a video. */
export interface Comment {
  /** UUID, lower case. */
  readonly id: string;
  /** 24 hexadecimal digits, lower case. */
  readonly videoID: string;
  readonly content: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewComment {
  readonly videoID: string;
  readonly content: string;
}

export interface Page {
  /** At most so many comments; 0 means all. */
  readonly limit: number;
  /** Skip so many of the oldest comments. */
  readonly offset: number;
}

/** No comment has this id. */
export class CommentNotFoundError extends Error {
  override readonly name = "CommentNotFoundError";

  constructor(id: string) {
    super(`No comment has the id '${id}'`);
  }
}

/** The store cannot be reached now, or does not get to its work: the same call may succeed later. */
export class CommentStoreUnavailableError extends Error {
  override readonly name = "CommentStoreUnavailableError";
}

/**
 * Where comments are kept. A write is durable, and seen by every read that begins later, once its
 * promise has resolved. Every method may reject with `CommentStoreUnavailableError`.
 */
export interface CommentStore {
  /** Comments of a video by creation time, those of the same instant as they came. */
  list(videoID: string, page: Page): Promise<readonly Comment[]>;
  /** Gives the comment its id and its times. */
  create(comment: NewComment): Promise<Comment>;
  /**
   * Replaces the content, and moves `updatedAt`.
   *
   * @throws CommentNotFoundError
   */
  update(id: string, content: string): Promise<Comment>;
  /**
   * Answers the comment that was there.
   *
   * @throws CommentNotFoundError
   */
  delete(id: string): Promise<Comment>;
  /** Answers how many comments there were; none is no error. */
  deleteByVideoID(videoID: string): Promise<number>;
  /** Ids of the videos of which comments were made at this time or later, in any order. */
  videosCommentedSince(time: Date): Promise<readonly string[]>;
  close(): Promise<void>;
}
