// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A fault that is set until it is removed. `using fault = …` removes it at the end of the scope. */
export interface Fault extends Disposable {
  /** How often it has struck. */
  readonly count: number;
  /** Resolves when it has struck for the first time, so that tests wait for that and for no time. */
  readonly struck: Promise<void>;
  /** Ends it. Does nothing the second time. */
  remove(): void;
}

/** The broker's own end of a {@link Fault}. */
export class SetFault implements Fault {
  count = 0;
  readonly struck: Promise<void>;
  readonly #strike: () => void;
  readonly #onRemove = new Set<() => void>();
  #isRemoved = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.struck = promise;
    this.#strike = resolve;
  }

  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** Says that it has done what it is there for. */
  strike(): void {
    this.#strike();
  }

  /** Calls back when it is removed, at once when it is already. Returns a function that ends it. */
  onRemove(callback: () => void): () => void {
    if (this.#isRemoved) callback();
    else this.#onRemove.add(callback);
    return () => this.#onRemove.delete(callback);
  }

  remove(): void {
    this.#isRemoved = true;
    for (const callback of this.#onRemove) callback();
    this.#onRemove.clear();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
