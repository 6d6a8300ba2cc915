// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Ends what somebody dropped without reading it, such as a test that looks at the status only. */
const dropped = new FinalizationRegistry<(bytes: number, errorType: string) => void>((end) =>
  end(0, "aborted"),
);

/**
 * Passes a body through, and tells once how many bytes went, when it ends: with `aborted` when its
 * reader has left, with `body_failed` when it broke. What makes the body runs by `run`.
 */
export function watchBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  run: <T>(act: () => T) => T,
  end: (bytes: number, errorType?: string) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let bytes = 0;
  const watched = new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await run(() => reader.read());
          if (done) {
            end(bytes);
            controller.close();
            return;
          }
          bytes += value.byteLength;
          controller.enqueue(value);
        } catch (error) {
          end(bytes, "body_failed");
          throw error;
        }
      },
      cancel(reason) {
        end(bytes, "aborted");
        return reader.cancel(reason);
      },
    },
    // Reads ahead no more than the body would.
    { highWaterMark: 0 },
  );
  dropped.register(watched, end);
  return watched;
}
