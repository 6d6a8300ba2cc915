// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ProberOptions, ProbeSource } from "./probe.ts";
import { createProber } from "./probe.ts";

const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));
// Six blue pictures, made by ffmpeg into a pipe, so that no length could be written at the start.
const streamedWebm = [
  "GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQJChYECGFOAZwH/////////EU2bdKtNu4tTq4QVSalmU6yBoU27",
  "i1OrhBZUrmtTrIG7TbuMU6uEElTDZ1OsggEB7AEAAAAAAABoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "AAAVSalmlSrXsYMPQkBNgIRMYXZmV0GETGF2ZhZUrmvBrgEAAAAAAAA414EBc8WIAAAAAAAAAAGcgQAitZyDdW5kiIEA",
  "hoVWX1ZQOIOBASPjg4QdzWUA4ImwgSC6gRCagQISVMNnrHNzqWPAi2PFiAAAAAAAAAABZ8iYRaOHRU5DT0RFUkSHi0xh",
  "dmMgbGlidnB4H0O2de/ngQCjvIEAAICwAgCdASogABAAAEcIhYWIhYSIAgICdaoD+AIJwhUA/v9NEv/8WFfxYV/FhX/x",
  "YV/8/M7txfzmAKOVgQH0ALEBAAUQrAAYABhYL/QACEAAo5WBA+gAsQEABRCsABgAGFgv9AAIQAAfQ7Z1yeeCBdyjlYEA",
  "AACxAQAFEKwAGAAYWC/0AAhAAKOVgQH0ALEBAAUQrAAYABhYL/QACEAAo5WBA+gAsQEABRCsABgAGFgv9AAIQAA=",
].join("");
const ofSample = { width: 640, height: 360, duration: 4 };
const unknown = { width: 0, height: 0, duration: 0 };

test("probe() reads width, height and duration", async () => {
  const prober = startProber();

  expect(await prober.probe(sourceOf(sample))).toEqual(ofSample);
});

test("probe() answers zeros for what is no video", async () => {
  const prober = startProber();
  const files = [
    Buffer.alloc(0),
    Buffer.from("plain text"),
    Buffer.alloc(100_000, 0xff),
    sample.subarray(0, 1000),
    Buffer.from("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
  ];

  const probed = await Promise.all(files.map((file) => prober.probe(sourceOf(file))));

  expect(probed).toEqual(files.map(() => unknown));
});

test("probe() never rejects or hangs, whatever is wrong with a file", async () => {
  const prober = startProber({ timeoutMs: 2000 });
  const broken = Array.from({ length: 20 }, (_, index) => {
    const file = Buffer.from(sample);
    // Lengths, counts and offsets are in the first two kilobytes.
    for (let at = index; at < 2000; at += 20) file[at] = 0xff;
    return sourceOf(file);
  });

  const probed = await Promise.all(broken.map((source) => prober.probe(source)));

  for (const { width, height, duration } of probed) {
    expect(Number.isInteger(width) && Number.isInteger(height)).toBe(true);
    expect(Number.isFinite(duration)).toBe(true);
  }
  expect(await prober.probe(sourceOf(sample))).toEqual(ofSample);
});

test("probe() gives up on a file that takes too long, and reads the next one", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const prober = startProber({ timeoutMs: 5000 });
  const asked = Promise.withResolvers<void>();
  const stuck: ProbeSource = {
    size: sample.length,
    read: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  };
  const given = prober.probe(stuck);
  await asked.promise;

  vi.advanceTimersByTime(5000);

  expect([await given, await prober.probe(sourceOf(sample))]).toEqual([unknown, ofSample]);
});

test("probe() answers zeros when the file cannot be read, and reads the next one", async () => {
  const prober = startProber();
  const gone: ProbeSource = { size: 100, read: () => Promise.reject(new Error("No such file")) };

  expect([await prober.probe(gone), await prober.probe(sourceOf(sample))]).toEqual([
    unknown,
    ofSample,
  ]);
});

test("probe() reads no more of a file than it may, and the next one all the same", async () => {
  const prober = startProber({ maxReadBytes: 2 * sample.length });
  let read = 0;
  // A file with one box after the other, so that whoever looks for an end reads all of it.
  const size = 1024 * 1024 * 1024;
  const endless: ProbeSource = {
    size,
    read: async (start, end) => {
      read += end - start;
      return new Uint8Array(end - start).fill(0x47);
    },
  };

  expect(await prober.probe(endless)).toEqual(unknown);

  expect(read).toBeLessThanOrEqual(2 * sample.length);
  expect(await prober.probe(sourceOf(sample))).toEqual(ofSample);
});

test("probe() tells what it knows of a recording whose length takes too long to find", async () => {
  const recording = sourceOf(Buffer.from(streamedWebm, "base64"));
  const patient = startProber();
  const hasty = startProber({ maxReadBytes: 400 });

  const probed = [await patient.probe(recording), await hasty.probe(recording)];

  expect(probed).toEqual([
    { width: 32, height: 16, duration: 3 },
    { width: 32, height: 16, duration: 0 },
  ]);
});

test("probe() outlives the thread that it was done in", async () => {
  const prober = startProber({ idleMs: 0 });

  const probed = [await prober.probe(sourceOf(sample)), await prober.probe(sourceOf(sample))];
  await prober.close();
  probed.push(await prober.probe(sourceOf(sample)));

  expect(probed).toEqual([ofSample, ofSample, ofSample]);
});

function startProber(options: ProberOptions = {}) {
  const prober = createProber(options);
  onTestFinished(() => prober.close());
  return prober;
}

function sourceOf(file: Buffer): ProbeSource {
  return { size: file.length, read: async (start, end) => file.subarray(start, end) };
}
