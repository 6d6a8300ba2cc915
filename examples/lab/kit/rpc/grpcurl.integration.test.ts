// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startBroker } from "@labwire/embedded-kafka";
import { toolPath } from "@labwire/servers";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { migratedDatabase } from "../../comment/database.testing.ts";
import { start } from "../../comment/main.testing.ts";
import { startVideoApi } from "../../video/main.testing.ts";
import { freePort } from "../free-port.ts";

const grpcurl = toolPath("grpcurl");
const unknownID = "65f1a0b2c3d4e5f6a7b8c9d0";
const unknownUUID = "00000000-0000-4000-8000-000000000000";
const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const protos = [
  ...["-import-path", join(fixtures, "original")],
  ...["-proto", "comment.proto", "-proto", "video.proto"],
];

interface Addresses {
  readonly comment: string;
  readonly video: string;
  readonly kafkaPort: number;
}

if (grpcurl === undefined) {
  test.skipIf(process.env.CI !== "true")("grpcurl is installed", () => {
    throw new Error("Cannot find grpcurl (npm run servers -- install brings it)");
  });
}

describe.skipIf(grpcurl === undefined)("grpcurl", () => {
  let api: Addresses;
  beforeEach(async () => {
    api = await startServices();
  });

  test("lists and describes both services, without any proto file", async () => {
    const comment = await call([api.comment, "list"]);
    const video = await call([api.video, "list"]);
    const methods = await call([api.video, "list", "video.pb.Video"]);
    const info = await call([api.comment, "describe", "comment.pb.CommentInfo"]);
    const upload = await call([api.video, "describe", "video.pb.Video.UploadVideo"]);
    const get = await call([api.video, "describe", "video.pb.Video.GetVideo"]);

    const tools = [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ];
    expect(lines(comment)).toEqual(["comment.pb.Comment", ...tools]);
    expect(lines(video)).toEqual([...tools, "video.pb.Video"]);
    expect(lines(methods)).toEqual([
      "video.pb.Video.DeleteVideo",
      "video.pb.Video.GetVideo",
      "video.pb.Video.Healthz",
      "video.pb.Video.ListVideo",
      "video.pb.Video.UploadVideo",
    ]);
    expect(info.stdout).toContain("  string video_id = 2;");
    expect(upload.stdout).toContain(
      "rpc UploadVideo ( stream .video.pb.UploadVideoRequest ) returns ( .video.pb.UploadVideoResponse );",
    );
    expect(get.stdout).toContain('option (.google.api.http) = { get: "/v1/videos/{id}"');
  });

  test.each([
    ["by reflection", []],
    ["with the names and numbers of the original", protos],
  ])("calls every method of both services %s", async (_, flags) => {
    const ask = async (method: string, ...messages: object[]) => {
      const address = method.startsWith("comment") ? api.comment : api.video;
      const input = messages.map((message) => JSON.stringify(message)).join("\n");
      const { code, stdout, stderr } = await call([...flags, "-d", "@", address, method], input);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout);
    };
    const file = await readFile(join(fixtures, "sample.mp4"));
    const half = file.length >> 1;

    const { id } = await ask(
      "video.pb.Video/UploadVideo",
      { header: { filename: "sample.mp4", size: file.length } },
      { chunk_data: file.subarray(0, half).toString("base64") },
      { chunk_data: file.subarray(half).toString("base64") },
    );
    const { video } = await ask("video.pb.Video/GetVideo", { id });
    const stored = await fetch(video.url).then((response) => response.arrayBuffer());
    const { videos } = await ask("video.pb.Video/ListVideo", { limit: 1, skip: 0 });

    const first = await ask("comment.pb.Comment/CreateComment", { video_id: id, content: "first" });
    await ask("comment.pb.Comment/CreateComment", { video_id: id, content: "second" });
    const page = { video_id: id, limit: 1, offset: 1 };
    const listed = await ask("comment.pb.Comment/ListComment", page);
    const updated = await ask("comment.pb.Comment/UpdateComment", { ...first, content: "new" });
    const deletedOne = await ask("comment.pb.Comment/DeleteComment", first);
    const left = await ask("comment.pb.Comment/ListComment", { video_id: id });
    const deletedAll = await ask("comment.pb.Comment/DeleteCommentByVideoID", { video_id: id });
    const none = await ask("comment.pb.Comment/ListComment", { video_id: id });
    const deleted = await ask("video.pb.Video/DeleteVideo", { id });

    expect(video).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      width: 640,
      height: 360,
      size: `${file.length}`,
      duration: expect.closeTo(4, 0),
      url: expect.stringMatching(/^http:.*sample\.mp4$/),
      status: "uploaded",
      createdAt: expect.stringMatching(/^2\d{3}-/),
      updatedAt: expect.stringMatching(/^2\d{3}-/),
    });
    expect(Buffer.from(stored).equals(file)).toBe(true);
    expect(videos).toEqual([video]);
    expect(listed.comments).toMatchObject([{ videoId: id, content: "second" }]);
    expect(updated.comment).toMatchObject({ ...first, videoId: id, content: "new" });
    expect(left.comments).toMatchObject([{ content: "second" }]);
    expect([deletedOne, deletedAll, none, deleted]).toEqual([{}, {}, {}, {}]);
    expect([
      await ask("video.pb.Video/Healthz", {}),
      await ask("comment.pb.Comment/Healthz", {}),
    ]).toEqual([{ status: "ok" }, { status: "ok" }]);
  });

  test("is told the codes of the original", async () => {
    const calls = [
      ["video.pb.Video/GetVideo", { id: "x" }, "InvalidArgument: invalid objectID"],
      ["video.pb.Video/GetVideo", { id: unknownID }, "NotFound: video not found"],
      ["video.pb.Video/DeleteVideo", { id: unknownID }, "NotFound: video not found"],
      ["video.pb.Video/UploadVideo", { chunk_data: "AAAA" }, "InvalidArgument: "],
      ["comment.pb.Comment/UpdateComment", { id: "x" }, "InvalidArgument: invalid UUID"],
      ["comment.pb.Comment/DeleteComment", { id: unknownUUID }, "NotFound: comment not found"],
      ["comment.pb.Comment/CreateComment", { video_id: unknownID }, "NotFound: video not found"],
      ["grpc.health.v1.Health/Check", { service: "x" }, "NotFound: unknown service 'x'"],
    ] as const;

    for (const [method, message, expected] of calls) {
      const address = method.startsWith("comment") ? api.comment : api.video;
      const { stderr } = await call(["-d", JSON.stringify(message), address, method]);
      const [, code, reason] = /Code: (.*)\n\s+Message: (.*)/.exec(stderr) ?? [];
      expect(`${code}: ${reason}`, method).toContain(expected);
    }
  });

  test("checks health of a server and of a service, and watches it become ready", async () => {
    const check = (address: string, service: string) =>
      call(["-d", JSON.stringify({ service }), address, "grpc.health.v1.Health/Check"]);
    const comment = [await check(api.comment, ""), await check(api.comment, "comment.pb.Comment")];
    const away = await check(api.video, "video.pb.Video");

    const watch = spawn(grpcurl as string, [
      "-plaintext",
      api.video,
      "grpc.health.v1.Health/Watch",
    ]);
    onTestFinished(() => void watch.kill());
    const told: string[] = [];
    for await (const line of createInterface({ input: watch.stdout })) {
      const [, status] = /"status": "(\w+)"/.exec(line) ?? [];
      if (status === undefined) continue;
      told.push(status);
      if (told.length === 2) break;
      const broker = await startBroker({ port: api.kafkaPort, topics: [{ name: "video" }] });
      onTestFinished(() => broker.close());
    }

    expect(comment.map(({ stdout }) => JSON.parse(stdout))).toEqual([
      { status: "SERVING" },
      { status: "SERVING" },
    ]);
    expect(JSON.parse(away.stdout)).toEqual({ status: "NOT_SERVING" });
    expect(told).toEqual(["NOT_SERVING", "SERVING"]);
  });
});

/** comment-api and video-api, which know each other; Kafka is away. */
async function startServices(): Promise<Addresses> {
  const folder = await mkdtemp(join(tmpdir(), "labwire-grpcurl-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const kafkaPort = await freePort();
  const commentAddress = `127.0.0.1:${await freePort()}`;
  const videoAddress = `127.0.0.1:${await freePort()}`;
  const objectsAddress = `127.0.0.1:${await freePort()}`;
  const [comment] = await Promise.all([
    startComment({ GRPC_ADDR: commentAddress, VIDEO_SERVER_ADDR: videoAddress }),
    startVideoApi(folder, {
      GRPC_ADDR: videoAddress,
      HTTP_ADDR: objectsAddress,
      OBJECTS_PUBLIC_URL: `http://${objectsAddress}`,
      COMMENT_SERVER_ADDR: commentAddress,
      KAFKA_PRODUCER_ADDRS: `127.0.0.1:${kafkaPort}`,
    }),
  ]);
  return { comment, video: videoAddress, kafkaPort };
}

async function startComment(env: Record<string, string>): Promise<string> {
  const api = start("main.ts", {
    POSTGRES_URL: await migratedDatabase(),
    METER_ADDR: "127.0.0.1:0",
    ...env,
  });
  return api.line(/Ready grpc=(\S+)/);
}

async function call(args: readonly string[], input = "") {
  const child = spawn(grpcurl as string, ["-plaintext", ...args]);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { stdout, stderr, code };
}

function lines({ stdout }: { stdout: string }): string[] {
  return stdout.trim().split("\n");
}
