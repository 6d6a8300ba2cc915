// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { S3Client } from "@aws-sdk/client-s3";
import { ObjectStoreUnavailableError } from "./objects.ts";

export interface S3ClientOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly endpoint: string;
  readonly region: string;
  readonly username: string;
  readonly password: string;
  /**
   * How long one attempt of a request may take, in milliseconds. Default 10 000: a part of 5 MiB
   * gets through a line of 4 Mbit/s.
   */
  requestTimeoutMs?: number;
  /**
   * How long nothing may move on a connection, in milliseconds. Default 60 000, as long as the last
   * request of an upload may take; it ends answers that began in time and then hang.
   */
  idleTimeoutMs?: number;
  /**
   * Attempts of one request in all, when the server is away, overloaded or has an error of its own. Default 3,
   * within half a second when connections are refused. Every body is a buffer, so that each
   * request can be sent anew as it was.
   */
  maxAttempts?: number;
}

/** A client of the AWS SDK for any server of the S3 protocol, by path (`/bucket/name`). */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { endpoint, region, username, password } = options;
  const { requestTimeoutMs = 10_000, idleTimeoutMs = 60_000, maxAttempts = 3 } = options;
  return new S3Client({
    endpoint,
    region,
    // Host names of buckets need a DNS of their own, which servers of one's own rarely have.
    forcePathStyle: true,
    credentials: { accessKeyId: username, secretAccessKey: password },
    retryMode: "standard",
    maxAttempts,
    requestHandler: {
      connectionTimeout: 2000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      socketTimeout: idleTimeoutMs,
      // Every upload under way has one at most.
      httpAgent: { keepAlive: true, maxSockets: 256 },
      httpsAgent: { keepAlive: true, maxSockets: 256 },
    },
    // Not every server knows the newer checksums; the signature or TLS guards the bytes.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // It would take a connection of its own for every part.
    expectContinueHeader: false,
  });
}

/** The HTTP status with which the server refused; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata
    ?.httpStatusCode;
}

/** What a failed request means to the callers of an object store. */
export function asStoreError(action: string, error: unknown): Error {
  const cause = { cause: error };
  if (isUnavailable(error)) {
    return new ObjectStoreUnavailableError(`${action}: ${reasonOf(error)}`, cause);
  }
  return new Error(`${action}: ${reasonOf(error)}`, cause);
}

function reasonOf(error: unknown): string {
  const { name, code, message } = error as Error & { code?: string };
  // OpenSSL's words for an answer that is not TLS.
  if (message.includes("wrong version number")) {
    const help = "MINIO_INSECURE=true, or http:// before its address";
    return `no TLS there (wrong version number): the server may speak plain HTTP (${help})`;
  }
  return message.trim().replace(/\s*\n\s*/g, " ") || code || name;
}

function isUnavailable(error: unknown): boolean {
  const status = statusOf(error);
  // 501 is for ever: the server does not have what was asked of it, such as policies of buckets.
  if (status === 501) return false;
  if (status !== undefined) return status >= 500 || status === 429 || status === 408;
  // No answer: Node.js's errors of sockets and name resolution have codes, the SDK's own a name.
  const { name, code } = error as Error & { code?: string };
  return typeof code === "string" || name === "TimeoutError";
}
