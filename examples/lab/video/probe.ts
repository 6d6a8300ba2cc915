// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Worker } from "node:worker_threads";
import type { ProbeAnswer, ProbeQuestion } from "./probe-worker.ts";

/** What a player needs to know of a video. Zero is what the file does not say. */
export interface Probed {
  /** Pixels, as it is shown: rotation and pixel shape included. */
  readonly width: number;
  readonly height: number;
  /** Seconds. */
  readonly duration: number;
}

/** A file that can be read anywhere. */
export interface ProbeSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

export interface Prober {
  /** Reads what the file says of itself. Never rejects: what cannot be read in time stays zero. */
  probe(source: ProbeSource): Promise<Probed>;
  close(): Promise<void>;
}

export interface ProberOptions {
  /** How long one file may take. Default 5000: a good file takes a few milliseconds. */
  timeoutMs?: number;
  /** How long the thread outlives its last file. Default 10 000: it holds some 30 MB. */
  idleMs?: number;
  /** Largest heap of the thread in MiB; a file that needs more counts as unreadable. Default 96. */
  maxHeapMb?: number;
  /** Most bytes that are read of one file. Default 16 MiB: the index of a long film has some 5. */
  maxReadBytes?: number;
}

const unknown: Probed = { width: 0, height: 0, duration: 0 };

/**
 * Probes files one after the other in a thread of its own, so that a hostile file can take neither
 * the process's time nor its memory, and so that the parser is loaded only while it is needed.
 */
export function createProber(options: ProberOptions = {}): Prober {
  const { timeoutMs = 5000, idleMs = 10_000, maxHeapMb = 96 } = options;
  const { maxReadBytes = 16 * 1024 * 1024 } = options;
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function startWorker(): Worker {
    const started = new Worker(new URL("./probe-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 8 },
      // The parser's remarks on strange files are no events of this service.
      stdout: true,
      stderr: true,
    });
    for (const stream of [started.stdout, started.stderr]) stream.resume();
    // Who asks listens too; a death between two questions has nobody else to tell.
    started.on("error", () => {});
    started.on("exit", () => {
      if (worker === started) worker = undefined;
    });
    started.unref();
    return started;
  }

  async function stopWorker(): Promise<void> {
    const stopping = worker;
    worker = undefined;
    await stopping?.terminate();
  }

  async function probe(source: ProbeSource): Promise<Probed> {
    clearTimeout(idle);
    worker ??= startWorker();
    const { probed, finished } = await ask(worker, source, { timeoutMs, maxReadBytes });
    if (!finished) await stopWorker();
    idle = setTimeout(() => void stopWorker(), idleMs).unref();
    return probed;
  }

  return {
    probe: (source) => {
      const result = last.then(() => probe(source)).catch(() => unknown);
      last = result;
      return result;
    },
    close: async () => {
      clearTimeout(idle);
      await stopWorker();
    },
  };
}

interface Outcome {
  readonly probed: Probed;
  /** False when the thread died, or must be stopped. */
  readonly finished: boolean;
}

function ask(
  worker: Worker,
  source: ProbeSource,
  limits: { timeoutMs: number; maxReadBytes: number },
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const tell = (question: ProbeQuestion, transfer: ArrayBuffer[] = []) =>
    worker.postMessage(question, transfer);
  let known = unknown;
  const giveUp = () => resolve({ probed: known, finished: false });
  let unread = limits.maxReadBytes;

  async function read(id: number, start: number, end: number): Promise<void> {
    unread -= end - start;
    if (unread < 0) return giveUp();
    try {
      // A copy: what is sent takes the whole buffer along that the bytes are a part of.
      const bytes = new Uint8Array(await source.read(start, end));
      tell({ kind: "bytes", id, bytes }, [bytes.buffer]);
    } catch {
      giveUp();
    }
  }

  function answer(message: ProbeAnswer): void {
    if (message.kind === "read") void read(message.id, message.start, message.end);
    else if (message.kind === "known") known = message.probed;
    else resolve({ probed: message.probed, finished: true });
  }

  const timer = setTimeout(giveUp, limits.timeoutMs);
  worker.on("message", answer).on("error", giveUp).on("exit", giveUp);
  tell({ kind: "probe", size: source.size });
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off("message", answer).off("error", giveUp).off("exit", giveUp);
  });
}
