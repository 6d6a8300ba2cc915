// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PermanentError } from "../../kit/wait-for.ts";
import { createFolderObjectStore } from "./objects.folder.ts";
import type { ObjectStore } from "./objects.ts";

// Where video-api serves the folder, unless it is told otherwise.
const folderPublicUrl = "http://localhost:9000";

export interface ObjectStoreAddress {
  /** `file:relative/folder`, `file:///absolute/folder`, or an S3 server: `host:port` or its URL. */
  readonly MINIO_ENDPOINT: string;
  readonly MINIO_BUCKET: string;
  /** Where clients reach the bucket's server; empty for the S3 server itself. */
  readonly OBJECTS_PUBLIC_URL: string;
}

/** What only an S3 server needs. */
export interface S3Access {
  readonly MINIO_USERNAME: string;
  readonly MINIO_PASSWORD: string;
  /** Whether an endpoint without a scheme is reached by http, not https. */
  readonly MINIO_INSECURE: boolean;
  readonly MINIO_REGION: string;
  readonly MINIO_POLICY: "public" | "private";
}

/**
 * Opens the object store at an address.
 *
 * @throws ObjectStoreUnavailableError when an S3 server does not answer; PermanentError when it
 * refuses, or when user name and password for it are missing.
 */
export async function openObjectStore(config: ObjectStoreAddress & S3Access): Promise<ObjectStore> {
  const { MINIO_BUCKET: bucket, OBJECTS_PUBLIC_URL: publicUrl } = config;
  const baseUrl = (server: string) => `${server.replace(/\/+$/, "")}/${encodeURIComponent(bucket)}`;
  const folder = objectFolder(config);
  if (folder !== undefined) {
    return createFolderObjectStore({ folder, baseUrl: baseUrl(publicUrl || folderPublicUrl) });
  }
  for (const name of ["MINIO_USERNAME", "MINIO_PASSWORD"] as const) {
    if (config[name] !== "") continue;
    throw new PermanentError(`Missing ${name}: '${config.MINIO_ENDPOINT}' is an S3 server`);
  }
  const endpoint = s3Endpoint(config);
  const { openS3ObjectStore } = await import("./objects.s3.ts");
  return openS3ObjectStore({
    endpoint,
    bucket,
    region: config.MINIO_REGION,
    username: config.MINIO_USERNAME,
    password: config.MINIO_PASSWORD,
    policy: config.MINIO_POLICY,
    baseUrl: baseUrl(publicUrl || endpoint),
  });
}

/** The folder of the bucket, which needs a server of its own; undefined for an S3 server. */
export function objectFolder(
  address: Pick<ObjectStoreAddress, "MINIO_ENDPOINT" | "MINIO_BUCKET">,
): string | undefined {
  const { MINIO_ENDPOINT: endpoint, MINIO_BUCKET: bucket } = address;
  if (!endpoint.startsWith("file:")) return undefined;
  const root = endpoint.startsWith("file:/")
    ? fileURLToPath(endpoint)
    : endpoint.slice("file:".length);
  return join(root, bucket);
}

/** The URL of the S3 server at an endpoint, which need not have a scheme, as in the original. */
function s3Endpoint(
  config: Pick<ObjectStoreAddress & S3Access, "MINIO_ENDPOINT" | "MINIO_INSECURE">,
) {
  const { MINIO_ENDPOINT: endpoint, MINIO_INSECURE: insecure } = config;
  if (/^https?:\/\//.test(endpoint)) return endpoint.replace(/\/+$/, "");
  return `${insecure ? "http" : "https"}://${endpoint}`;
}
