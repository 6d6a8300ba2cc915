// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Ends work once, for a reason. An AbortController for inner use: Node warns of a leak when an
 * AbortSignal has more than ten listeners, and here each record that is in work is one.
 */
export class Cancellation {
  #cancelled = false;
  #reason: unknown;
  readonly #callbacks = new Set<() => void>();

  get cancelled(): boolean {
    return this.#cancelled;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Calls back what waits for it. Only the first call counts. */
  cancel(reason?: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    for (const callback of this.#callbacks) callback();
    this.#callbacks.clear();
  }

  /** Calls back when cancelled, if that is later. Returns a function that takes it back. */
  onCancel(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#reason;
  }
}
