// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, opendir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { abortable } from "./abortable.ts";
import type { ObjectStore, StoredObject } from "./objects.ts";

// Objects cannot have this name, since theirs must not start with a dot.
const partsFolder = ".parts";

export interface FolderObjectStoreOptions {
  /** Made if it is not there. */
  readonly folder: string;
  /** What the URL of every object starts with, without a slash at the end. */
  readonly baseUrl: string;
}

/**
 * Objects as files of one folder. Bytes go to a part beside them, which takes the object's name
 * when it is whole. What was put survives a crash of the process, not a power cut.
 */
export function createFolderObjectStore(options: FolderObjectStoreOptions): ObjectStore {
  const { folder, baseUrl } = options;
  const parts = join(folder, partsFolder);
  const partsUnderWay = new Set<string>();
  mkdirSync(parts, { recursive: true });

  async function* filesOf(directory: string, prefix = ""): AsyncGenerator<StoredObject> {
    for await (const entry of await opendir(directory)) {
      if (!entry.isFile() || !entry.name.startsWith(prefix)) continue;
      const modifiedAt = await modificationTime(join(directory, entry.name));
      if (modifiedAt !== undefined) yield { name: entry.name, modifiedAt };
    }
  }

  const url = (name: string) => `${baseUrl}/${encodeURIComponent(name)}`;

  return {
    put: async (name, chunks, signal) => {
      const target = pathOf(folder, name);
      const part = `${randomUUID()}.part`;
      const partPath = join(parts, part);
      partsUnderWay.add(part);
      try {
        const file = await open(partPath, "wx");
        const size = await writeAll(file, chunks, signal).finally(() => file.close());
        signal?.throwIfAborted();
        await rename(partPath, target);
        return size;
      } catch (error) {
        await rm(partPath, { force: true });
        throw error;
      } finally {
        partsUnderWay.delete(part);
      }
    },
    delete: (name) => rm(pathOf(folder, name), { force: true }),
    list: (prefix) => filesOf(folder, prefix),
    read: async (name, start, end) => {
      const file = await open(pathOf(folder, name), "r");
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(end - start), 0, null, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    url,
    sourceUrl: async (name) => url(name),
    removeParts: async (before) => {
      let removed = 0;
      for await (const { name, modifiedAt } of filesOf(parts)) {
        if (partsUnderWay.has(name) || modifiedAt > before) continue;
        await rm(join(parts, name), { force: true });
        removed++;
      }
      return removed;
    },
  };
}

// The service makes names safe; this is the second lock on the door.
function pathOf(folder: string, name: string): string {
  if (name === "" || name.startsWith(".") || /[/\\\0]/.test(name)) {
    throw new Error(`Cannot use '${name}' as an object's name`);
  }
  return join(folder, name);
}

async function writeAll(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let size = 0;
  for await (const chunk of abortable(chunks, signal)) {
    await file.writeFile(chunk);
    size += chunk.length;
  }
  return size;
}

async function modificationTime(path: string): Promise<Date | undefined> {
  try {
    return (await stat(path)).mtime;
  } catch (error) {
    // Removed between the listing and the look.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
