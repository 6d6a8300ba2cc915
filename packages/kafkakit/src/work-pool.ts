// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What a job may do with its place among those that run. */
export interface Slot {
  /** Gives the place to another job until the promise settles, then waits for one. Rejects as the promise does. */
  yieldUntil<T>(promise: Promise<T>): Promise<T>;
}

/** Work that never rejects. */
export type Job = (slot: Slot) => Promise<void>;

/** A share of the pool: one partition. */
export interface PoolShare {
  /** Jobs that have not begun. */
  readonly queued: number;
  /** Jobs that have begun and not ended. */
  readonly running: number;
  /** Adds a job. Jobs of one lane run one after the other; null is no lane. */
  push(lane: string | null, job: Job): void;
  /** Drops the jobs that have not begun. */
  close(): void;
  /** Resolves when no job runs. */
  idle(): Promise<void>;
}

/**
 * Runs jobs, at most `limit` at a time, over shares that must not starve each other: a share with
 * nothing running always finds a place, as one is kept free for it (if there are no more shares
 * than places).
 */
export class WorkPool {
  readonly limit: number;
  #active = 0;
  #shares: Share[] = [];
  #turn = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Jobs that have begun and not ended, and do not wait. */
  get active(): number {
    return this.#active;
  }

  open(): PoolShare {
    const share = new Share(
      () => this.#pump(),
      (change) => {
        this.#active += change;
      },
      () => {
        this.#shares = this.#shares.filter((other) => other !== share);
      },
    );
    this.#shares.push(share);
    return share;
  }

  #pump(): void {
    while (this.#active < this.limit) {
      const share = this.#next();
      if (share === undefined) return;
      share.begin();
    }
  }

  /** The next share, in turn, that has something to begin and a place for it. */
  #next(): Share | undefined {
    const shares = this.#shares;
    const free = this.limit - this.#active;
    let reserved = 0;
    if (shares.length <= this.limit) for (const share of shares) if (share.active === 0) reserved++;
    for (let n = 0; n < shares.length; n++) {
      this.#turn = (this.#turn + 1) % shares.length;
      const share = shares[this.#turn] as Share;
      if (share.hasReady && (share.active === 0 || free > reserved)) return share;
    }
    return undefined;
  }
}

class Share implements PoolShare {
  active = 0;
  running = 0;
  queued = 0;
  #closed = false;
  readonly #ready: Fifo<Task> = new Fifo();
  /** Those that have begun, gave their place away, and want one again. */
  readonly #returning: Fifo<() => void> = new Fifo();
  /** Those that wait for one of their lane; null when none does. */
  readonly #lanes = new Map<string, Fifo<Task> | null>();
  readonly #pump: () => void;
  readonly #count: (change: 1 | -1) => void;
  readonly #remove: () => void;
  #onIdle: (() => void)[] = [];

  constructor(pump: () => void, count: (change: 1 | -1) => void, remove: () => void) {
    this.#pump = pump;
    this.#count = count;
    this.#remove = remove;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0 || this.#returning.size > 0;
  }

  push(lane: string | null, job: Job): void {
    if (this.#closed) return;
    this.queued++;
    const task = new Task(this, lane, job);
    const others = lane === null ? undefined : this.#lanes.get(lane);
    if (lane === null || others === undefined) {
      if (lane !== null) this.#lanes.set(lane, null);
      this.#ready.push(task);
      this.#pump();
    } else if (others !== null) {
      others.push(task);
    } else {
      const waiting = new Fifo<Task>();
      waiting.push(task);
      this.#lanes.set(lane, waiting);
    }
  }

  begin(): void {
    const back = this.#returning.shift();
    if (back === undefined) this.#ready.shift()?.run();
    else back();
  }

  close(): void {
    this.#closed = true;
    this.#ready.clear();
    this.#lanes.clear();
    this.queued = 0;
    for (let back = this.#returning.shift(); back; back = this.#returning.shift()) back();
    this.#remove();
    this.#pump();
  }

  async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  began(): void {
    this.queued--;
    this.running++;
    this.take();
  }

  ended(lane: string | null): void {
    this.running--;
    if (lane !== null) {
      const next = this.#lanes.get(lane)?.shift();
      if (next === undefined) this.#lanes.delete(lane);
      else this.#ready.push(next);
    }
    this.#pump();
    if (this.running === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Waits for a place. A share that was closed has one at once, so that its jobs can end. */
  place(): Promise<void> {
    if (this.#closed) {
      this.take();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#returning.push(() => {
        this.take();
        resolve();
      });
      this.#pump();
    });
  }

  take(): void {
    this.active++;
    this.#count(1);
  }

  release(): void {
    this.active--;
    this.#count(-1);
  }

  yield(): void {
    this.release();
    this.#pump();
  }
}

/** A job and its place. */
class Task implements Slot {
  readonly #share: Share;
  readonly #lane: string | null;
  readonly #job: Job;
  #held = false;

  constructor(share: Share, lane: string | null, job: Job) {
    this.#share = share;
    this.#lane = lane;
    this.#job = job;
  }

  run(): void {
    this.#share.began();
    this.#held = true;
    const end = () => {
      if (this.#held) this.#share.release();
      this.#share.ended(this.#lane);
    };
    this.#job(this).then(end, end);
  }

  async yieldUntil<T>(promise: Promise<T>): Promise<T> {
    this.#held = false;
    this.#share.yield();
    const value = await promise;
    await this.#share.place();
    this.#held = true;
    return value;
  }
}

/** A queue whose front is cheap to take, however long it is. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined as T;
    this.#head++;
    if (this.#head === this.#items.length) this.clear();
    else if (this.#head >= 1024) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
