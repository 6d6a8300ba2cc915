// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Redis did not answer in time. What was asked of it may still happen. */
class RedisTimeoutError extends Error {
  override readonly name = "RedisTimeoutError";

  constructor(timeoutMs: number) {
    super(`Redis did not answer within ${Math.round(timeoutMs)} ms`);
  }
}

/**
 * The answer, if it comes in time.
 *
 * @throws RedisTimeoutError
 */
export async function answerWithin<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // After a stall of this process timers run before sockets are read: an answer that lies there
    // has come in time.
    lastLook = setImmediate(() => late.reject(new RedisTimeoutError(timeoutMs)));
  }, timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
