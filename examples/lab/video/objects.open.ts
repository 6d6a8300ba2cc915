// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFolderObjectStore } from "./objects.folder.ts";
import type { ObjectStore } from "./objects.ts";

/** Schemes of the addresses that `openObjectStore` knows. */
export const objectStoreSchemes = ["file"] as const;

export interface ObjectStoreAddress {
  /** `file:relative/folder` or `file:///absolute/folder`. */
  readonly MINIO_ENDPOINT: string;
  readonly MINIO_BUCKET: string;
  /** Where clients reach the bucket's server. */
  readonly OBJECTS_PUBLIC_URL: string;
}

/**
 * Opens the object store at an address.
 *
 * @throws an error that names the scheme when no adapter has it.
 */
export async function openObjectStore(address: ObjectStoreAddress): Promise<ObjectStore> {
  const { MINIO_BUCKET: bucket, OBJECTS_PUBLIC_URL: publicUrl } = address;
  const folder = objectFolder(address);
  if (folder === undefined) {
    throw new Error(
      `Cannot open object store '${address.MINIO_ENDPOINT}': no adapter has its scheme`,
    );
  }
  return createFolderObjectStore({
    folder,
    baseUrl: `${publicUrl.replace(/\/+$/, "")}/${encodeURIComponent(bucket)}`,
  });
}

/** The folder of the bucket, which needs a server of its own; undefined for an S3 endpoint. */
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
