// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ObjectStore, StoredObject } from "./objects.ts";

const id = "65a000000000000000000001";
const MiB = 1024 * 1024;

/** What every adapter of `ObjectStore` must do. `open` gives an empty one whose URLs can be fetched. */
export function objectStoreContract(adapter: string, open: () => Promise<ObjectStore>): void {
  describe(`${adapter} object store`, () => {
    test("put() stores the chunks in order and answers how many bytes there were", async () => {
      const objects = await open();

      const size = await objects.put(`${id}-a`, chunks("one ", "", "two"));

      expect({ size, text: await textOf(objects, `${id}-a`) }).toEqual({
        size: 7,
        text: "one two",
      });
    });

    test("put() replaces an object of the same name", async () => {
      const objects = await open();
      await objects.put(`${id}-a`, chunks("a longer first"));

      await objects.put(`${id}-a`, chunks("second"));

      expect(await textOf(objects, `${id}-a`)).toBe("second");
    });

    test("put() leaves nothing when the chunks end with an error", async () => {
      const objects = await open();
      const failing = async function* () {
        yield* chunks("some");
        throw new Error("Lost the client");
      };

      await expect(objects.put(`${id}-a`, failing())).rejects.toThrow("Lost the client");

      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    });

    test("put() keeps the object that was there when the chunks end with an error", async () => {
      const objects = await open();
      await objects.put(`${id}-a`, chunks("first"));
      const failing = async function* () {
        yield* chunks("some");
        throw new Error("Lost the client");
      };

      await expect(objects.put(`${id}-a`, failing())).rejects.toThrow("Lost the client");

      expect(await textOf(objects, `${id}-a`)).toBe("first");
    });

    test("put() ends at once, with nothing left, when aborted while it waits for a chunk", async () => {
      const objects = await open();
      const abort = new AbortController();
      const stuck = async function* () {
        yield* chunks("some");
        abort.abort(new Error("Deadline passed"));
        await new Promise(() => {});
      };

      await expect(objects.put(`${id}-a`, stuck(), abort.signal)).rejects.toThrow(
        "Deadline passed",
      );

      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    });

    test("put() ends with nothing left when the last chunk comes with the abort", async () => {
      const objects = await open();
      const abort = new AbortController();
      const last = async function* () {
        yield* chunks("some");
        abort.abort(new Error("Deadline passed"));
      };

      await expect(objects.put(`${id}-a`, last(), abort.signal)).rejects.toThrow("Deadline passed");

      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    });

    test("put() stores an object of many chunks whole, as they come", async () => {
      const objects = await open();
      const size = 13 * MiB + 7;

      const stored = await objects.put(`${id}-a`, pattern(size));

      const read = await objects.read(`${id}-a`, 0, size + 1);
      expect([stored, read.length, await digest([read])]).toEqual([
        size,
        size,
        await digest(pattern(size)),
      ]);
      expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
    });

    test("put() of a large object that ends with an error leaves the one before, and no parts", async () => {
      const objects = await open();
      await objects.put(`${id}-a`, chunks("first"));
      const failing = async function* () {
        yield* pattern(12 * MiB);
        throw new Error("Lost the client");
      };

      await expect(objects.put(`${id}-a`, failing())).rejects.toThrow("Lost the client");

      expect(await textOf(objects, `${id}-a`)).toBe("first");
      expect(await leftovers(objects)).toEqual({ names: [`${id}-a`], parts: 0 });
    });

    test("put() of a large object leaves nothing when aborted while it waits for a chunk", async () => {
      const objects = await open();
      const abort = new AbortController();
      const stuck = async function* () {
        yield* pattern(12 * MiB);
        abort.abort(new Error("Deadline passed"));
        await new Promise(() => {});
      };

      await expect(objects.put(`${id}-a`, stuck(), abort.signal)).rejects.toThrow(
        "Deadline passed",
      );

      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    });

    test("put() stores nothing when it is aborted before it begins", async () => {
      const objects = await open();

      const put = objects.put(`${id}-a`, chunks("some"), AbortSignal.abort(new Error("Too late")));

      await expect(put).rejects.toThrow("Too late");
      expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
    });

    test("removeParts() spares puts under way", async () => {
      const objects = await open();
      const most = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      const slow = async function* () {
        yield* pattern(12 * MiB);
        most.resolve();
        await rest.promise;
        yield* chunks("the rest");
      };
      const put = objects.put(`${id}-a`, slow());
      await most.promise;

      const removed = await objects.removeParts(new Date(Date.now() + 60_000));
      rest.resolve();

      expect([removed, await put]).toEqual([0, 12 * MiB + "the rest".length]);
    });

    test("delete() removes the object, and can be repeated", async () => {
      const objects = await open();
      await objects.put(`${id}-a`, chunks("one"));
      await objects.put(`${id}-b`, chunks("two"));

      await objects.delete(`${id}-a`);
      await objects.delete(`${id}-a`);

      expect(await leftovers(objects)).toEqual({ names: [`${id}-b`], parts: 0 });
    });

    test("list() answers names with the prefix, and when they were written", async () => {
      const objects = await open();
      const before = Date.now() - 5000;
      for (const name of [`${id}-a`, `${id}-b`, "65a0000000000000000000ff-a"]) {
        await objects.put(name, chunks("one"));
      }

      const listed = await listAll(objects, `${id}-`);

      expect(listed.map(({ name }) => name).sort()).toEqual([`${id}-a`, `${id}-b`]);
      for (const { modifiedAt } of listed) {
        expect(modifiedAt.getTime()).toBeGreaterThan(before);
        expect(modifiedAt.getTime()).toBeLessThan(Date.now() + 5000);
      }
    });

    test("list() answers all names, however many a server tells at once", async () => {
      const objects = await open();
      const names = Array.from({ length: 25 }, (_, i) => `${id}-${i}`);
      await Promise.all(names.map((name) => objects.put(name, chunks("x"))));

      const listed = await listAll(objects, `${id}-`);

      expect(listed.map(({ name }) => name).sort()).toEqual(names.sort());
    });

    test.each(["a b+c.mp4", "100% & more.mp4", "été 東京 🎬.mp4", "_(1)'!~*.mp4", "..%2e"])(
      "an object can be named '%s'",
      async (filename) => {
        const objects = await open();
        const name = `${id}-${filename}`;

        await objects.put(name, chunks("the bytes"));

        const names = (await listAll(objects, name)).map((object) => object.name);
        const texts = [await textOf(objects, name), await get(objects.url(name))];
        await objects.delete(name);
        expect({ names, texts, after: await leftovers(objects) }).toEqual({
          names: [name],
          texts: ["the bytes", "the bytes"],
          after: { names: [], parts: 0 },
        });
      },
    );

    test("read() answers the bytes of a range, fewer where the object ends", async () => {
      const objects = await open();
      await objects.put(`${id}-a`, chunks("0123456789"));

      const ranges = await Promise.all([
        objects.read(`${id}-a`, 0, 3),
        objects.read(`${id}-a`, 7, 8),
        objects.read(`${id}-a`, 8, 100),
        objects.read(`${id}-a`, 10, 11),
        objects.read(`${id}-a`, 3, 3),
      ]);

      const texts = ranges.map((bytes) => new TextDecoder().decode(bytes));
      expect(texts).toEqual(["012", "7", "89", "", ""]);
    });

    test("read() refuses an unknown name", async () => {
      const objects = await open();

      await expect(objects.read(`${id}-a`, 0, 1)).rejects.toThrow();
    });

    test("sourceUrl() answers the same bytes to a program", async () => {
      const objects = await open();
      await objects.put(`${id}-a b`, chunks("the bytes"));

      expect(await get(await objects.sourceUrl(`${id}-a b`))).toBe("the bytes");
    });

    test("url() answers the same bytes to a client, and 404 after delete()", async () => {
      const objects = await open();
      const name = `${id}-été 100%.mp4`;
      await objects.put(name, chunks("the bytes"));

      const there = await fetch(objects.url(name));
      const body = await there.text();
      await objects.delete(name);
      const gone = await fetch(objects.url(name));
      await gone.body?.cancel();

      expect([there.status, body, gone.status]).toEqual([200, "the bytes", 404]);
    });
  });
}

/** Bytes that are nowhere the same, in chunks of no round number. */
export async function* pattern(size: number): AsyncGenerator<Uint8Array> {
  const chunk = 65_521;
  for (let start = 0; start < size; start += chunk) {
    const bytes = new Uint32Array(Math.ceil(chunk / 4)).map((_, i) => (start + i) * 2_654_435_761);
    yield new Uint8Array(bytes.buffer, 0, Math.min(chunk, size - start));
  }
}

async function digest(pieces: AsyncIterable<Uint8Array> | Uint8Array[]): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of pieces) hash.update(bytes);
  return hash.digest("hex");
}

async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}

export async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function textOf(objects: ObjectStore, name: string): Promise<string> {
  return new TextDecoder().decode(await objects.read(name, 0, 1024));
}

export async function leftovers(objects: ObjectStore) {
  const names = (await listAll(objects, "")).map(({ name }) => name).sort();
  return { names, parts: await objects.removeParts(new Date(Date.now() + 60_000)) };
}

async function listAll(objects: ObjectStore, prefix: string): Promise<StoredObject[]> {
  const listed: StoredObject[] = [];
  for await (const object of objects.list(prefix)) listed.push(object);
  return listed;
}
