// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Video } from "../video/store.ts";

/** Makes renditions of a video. */
export interface Transcoder {
  /**
   * Makes the rendition of the height `scale`, in pixels, and says where a client can GET it.
   * Doing it twice gives the same URL.
   *
   * @throws whatever went wrong; the event is tried again. The signal's reason when it aborts.
   */
  transcode(video: Video, scale: number, signal: AbortSignal): Promise<string>;
  /** Removes the rendition of a video that was deleted while it was made; one that is gone is no error. */
  discard(video: Video, scale: number): Promise<void>;
}
