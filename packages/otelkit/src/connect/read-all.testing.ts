// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The texts of a stream's messages, once it has ended. */
export async function readAll(stream: AsyncIterable<{ text: string }>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of stream) texts.push(text);
  return texts;
}
