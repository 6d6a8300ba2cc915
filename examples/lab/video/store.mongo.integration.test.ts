// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWith } from "@labwire/servers/testing";
import type { Document, Filter, Sort } from "mongodb";
import { Long, MongoClient, MongoNetworkError, ObjectId } from "mongodb";
import { expect, onTestFinished, test } from "vitest";
import { PermanentError } from "../kit/wait-for.ts";
import type { MongoUnderTest } from "./mongo.testing.ts";
import { freshMongo } from "./mongo.testing.ts";
import { videoStoreContract } from "./store.contract.ts";
import { createMongoVideoStore } from "./store.mongo.ts";
import type { VideoDatabase } from "./store.open.ts";
import { openVideoDatabase } from "./store.open.ts";
import { targetScales } from "./store.ts";

const id = "65a000000000000000000001";
const video = {
  ...{ id, width: 640, height: 360, size: 5_000_000_000, duration: 4 },
  ...{ url: `http://objects/${id}-a.mp4`, objectName: `${id}-a.mp4` },
};
const event = {
  ...{ topic: "video", key: id, value: Uint8Array.of(0, 255, 10) },
  headers: { "a.b": "c" },
};

describeWith(["MONGO_URL"], "store.mongo", ({ MONGO_URL }) => {
  videoStoreContract("mongo", async (now) => {
    const { address, database } = freshMongo(MONGO_URL);
    const client = new MongoClient(MONGO_URL);
    const store = createMongoVideoStore(client.db(address.MONGO_DATABASE), { now });
    return {
      store: { ...store, close: () => client.close() },
      events: async () => {
        const documents = await database.collection("videos").find().sort({ created_at: 1 });
        return (await documents.toArray()).map(({ outbox: { topic, key, value, headers } }) => ({
          ...{ topic, key, value: new Uint8Array(value.value()) },
          headers: Object.fromEntries(headers.map((header: Document) => Object.values(header))),
        }));
      },
    };
  });

  test("create() writes the fields of the original and those of its own, by MongoDB's types", async () => {
    const { store, database } = await openStore();

    await store.create(video, event);

    const collection = database.collection("videos");
    const [document] = await collection.find({}, { promoteValues: false }).toArray();
    const { _id, created_at, updated_at, outbox, ...rest } = document ?? ({} as Document);
    expect(await collection.findOne({ _id: { $type: "objectId" } })).toMatchObject({
      _id: new ObjectId(id),
      outbox: {
        topic: "video",
        key: id,
        headers: [{ name: "a.b", value: "c" }],
        created_at: expect.any(Date),
      },
    });
    expect(outbox.value.value()).toEqual(Buffer.of(0, 255, 10));
    expect(created_at).toEqual(updated_at);
    expect(rest).toEqual({
      width: expect.objectContaining({ _bsontype: "Int32", value: 640 }),
      height: expect.objectContaining({ _bsontype: "Int32", value: 360 }),
      size: Long.fromNumber(5_000_000_000),
      duration: expect.objectContaining({ _bsontype: "Double", value: 4 }),
      url: video.url,
      status: "uploaded",
      variants: {},
      object_name: video.objectName,
    });
  });

  test("get() reads what the original wrote, without the fields that it left out", async () => {
    const { store, database } = await openStore();
    const _id = new ObjectId(id);
    const whole = { width: 1, height: 2, size: Long.fromNumber(3), duration: 4.5, url: "/a" };
    const other = new ObjectId("65a000000000000000000002");
    await database.collection("videos").insertMany([
      { _id, status: "uploaded" },
      { _id: other, ...whole, status: "uploaded", variants: { "720p": "/b" } },
    ]);

    const read = await store.list(0, 0);
    const updated = await store.updateVariant(id, 360, "$literal");

    const times = { createdAt: new Date("2024-01-11T14:49:36Z"), updatedAt: expect.any(Date) };
    expect(read).toEqual([
      {
        ...{ id, width: 0, height: 0, size: 0, duration: 0, url: "", objectName: "", variants: {} },
        ...{ status: "uploaded", ...times },
      },
      {
        ...{ ...whole, size: 3, id: other.toHexString(), objectName: "" },
        ...{ variants: { "720p": "/b" }, status: "uploaded", ...times },
      },
    ]);
    expect(await store.get(id)).toEqual(updated);
    expect(updated).toMatchObject({ variants: { 360: "$literal" }, status: "encoding" });
    expect((await store.beginDelete(other.toHexString())).id).toBe(other.toHexString());
  });

  test("updateVariant() is one update, also when four processes make a variant each", async () => {
    const under = freshMongo(MONGO_URL);
    const processes = await Promise.all(targetScales.map(() => open(under)));
    const [first] = processes;
    await first?.store.create(video, event);

    const seen = await Promise.all(
      processes.map(({ store }, n) => store.updateVariant(id, targetScales[n] ?? 0, `u${n}`)),
    );

    expect(seen.map(({ status }) => status).sort()).toEqual([
      ...["encoding", "encoding", "encoding"],
      "success",
    ]);
    expect(await first?.store.get(id)).toMatchObject({
      status: "success",
      variants: { 360: "u0", 480: "u1", 720: "u2", 1080: "u3" },
    });
  });

  test("openVideoDatabase() makes the indexes once, also when many processes start at once", async () => {
    const under = freshMongo(MONGO_URL);

    await Promise.all(Array.from({ length: 8 }, () => open(under)));
    await open(under);

    const indexes = await under.database.collection("videos").indexes();
    expect(indexes.map(({ name }) => name).sort()).toEqual([
      ...["_id_", "outbox_oldest_first", "videos_by_creation", "videos_deleting"],
    ]);
  });

  test.each<[string, Filter<Document>, Sort, string]>([
    ["deleting()", { deleting: "begun" }, { created_at: 1, _id: 1 }, "videos_deleting"],
    [
      ...["claim()", { "outbox.created_at": { $gte: new Date(0) } }],
      ...[{ "outbox.created_at": 1, _id: 1 }, "outbox_oldest_first"],
    ] as [string, Filter<Document>, Sort, string],
  ])("%s reads what it answers and no other document", async (_, filter, sort, index) => {
    const { store, outbox, database } = await openStore();
    for (let n = 0; n < 50; n++) {
      const other = `65a0000000000000000000${n + 10}`;
      await store.create({ ...video, id: other }, event);
    }
    await outbox.remove((await outbox.claim(48)).map((record) => record.id));
    await outbox.close();
    await store.beginDelete("65a000000000000000000010");
    await store.beginDelete("65a000000000000000000011");

    const plan = await database.collection("videos").find(filter).sort(sort).explain();

    expect(JSON.stringify(plan.queryPlanner.winningPlan)).toContain(`"indexName":"${index}"`);
    expect(plan.executionStats).toMatchObject({ nReturned: 2, totalDocsExamined: 2 });
  });

  test("create() that is repeated, since its answer was lost, makes one video of it", async () => {
    const { store, database } = await openTorn(async (insert) => {
      await insert();
      throw new MongoNetworkError("connection 7 closed");
    });

    await store.create(video, event);

    expect(await database.collection("videos").countDocuments()).toBe(1);
    expect(await store.get(id)).toMatchObject({ id, status: "uploaded" });
  });

  test("create() that never came through is repeated", async () => {
    let tries = 0;
    const { store } = await openTorn(async (insert) => {
      if (tries++ === 0) throw new MongoNetworkError("connection 7 closed");
      return insert();
    });

    await store.create(video, event);

    expect([tries, (await store.get(id)).id]).toEqual([2, id]);
  });

  test("create() that is repeated does not take another's video for its own", async () => {
    const { store, database } = await openTorn(async (insert) => {
      await database.collection("videos").updateOne({}, { $set: { object_name: "other" } });
      await insert();
      throw new MongoNetworkError("connection 7 closed");
    });
    await database.collection("videos").insertOne({ _id: new ObjectId(id) });

    await expect(store.create(video, event)).rejects.toThrow(`Cannot create video '${id}'`);
  });

  test("finishDelete() leaves no document once the event was sent", async () => {
    const { store, outbox, database } = await openStore();
    await store.create(video, event);
    await store.beginDelete(id);
    await store.finishDelete(id);
    const left = await database.collection("videos").find().toArray();

    await outbox.remove((await outbox.claim(1)).map((record) => record.id));
    await outbox.close();

    expect(left.map((document) => Object.keys(document))).toEqual([["_id", "deleting", "outbox"]]);
    expect(await database.collection("videos").find().toArray()).toEqual([]);
  });

  test.each([
    ["mongodb://", /^Cannot open the videos in MongoDB: ./],
    ["mongodb://user:secret@localhost:1/?tls=maybe", /^Cannot open the videos in MongoDB: ./],
    [MONGO_URL.replace("//", "//user:secret@"), /^Cannot open the videos in MongoDB: auth/i],
  ])(
    "openVideoDatabase() gives up at once on '%s', and tells no password",
    async (url, message) => {
      const address = { MONGO_URL: url, MONGO_DATABASE: "videos" };

      const error = await openVideoDatabase(address).catch((reason) => reason);

      expect(error).toBeInstanceOf(PermanentError);
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain("secret");
    },
  );

  async function open({ address }: MongoUnderTest): Promise<VideoDatabase> {
    const database = await openVideoDatabase(address);
    onTestFinished(() => database.store.close());
    return database;
  }

  async function openStore() {
    const under = freshMongo(MONGO_URL);
    return { ...(await open(under)), database: under.database };
  }

  /** A store on a driver whose inserts go through the test. */
  async function openTorn(insert: (real: () => Promise<unknown>) => Promise<unknown>) {
    const { database } = freshMongo(MONGO_URL);
    const torn = new Proxy(database, {
      get: (target, name) => {
        if (name !== "collection") return Reflect.get(target, name);
        return (collection: string) => {
          const real = database.collection(collection);
          const insertOne = real.insertOne.bind(real);
          real.insertOne = (document) => insert(() => insertOne(document)) as never;
          return real;
        };
      },
    });
    return { store: createMongoVideoStore(torn), database };
  }
});
