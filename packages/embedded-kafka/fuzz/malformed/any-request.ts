// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { batchOf } from "../../behaviour/record-batches.ts";
import { handlers } from "../../src/handlers/handlers.ts";
import { type ApiId, apis } from "../../src/protocol/apis.ts";
import { mutated, randomBytes, randomMessage } from "../../src/protocol/random-message.testing.ts";
import { requestFrame } from "../../src/raw-client.testing.ts";

const ids = Object.keys(handlers) as ApiId[];
const batch = batchOf(["a", { key: "k", value: "v", headers: [["h", "1"]] }], { timestamp: 1_000 });

/** A request of any served kind and version, with anything in it; every fourth is left as it is. */
function anyRequest(random: () => number): Buffer {
  const id = ids[Math.floor(random() * ids.length)] as ApiId;
  const [first, last] = apis[id].served;
  const version = first + Math.floor(random() * (last - first + 1));
  const message = randomMessage(apis[id].request, version, random);
  if (id === "produce") putBatches(message, random);
  let frame = requestFrame(id, version, message as never);
  for (let times = Math.floor(random() * 4); times > 0; times--) frame = mutated(frame, random);
  return frame;
}

/** Random bytes are no batch: with real ones that are changed the log gets something to look at. */
function putBatches(message: Record<string, unknown>, random: () => number): void {
  for (const { partitions } of message.topics as { partitions: { records: unknown }[] }[]) {
    for (const partition of partitions) {
      if (random() < 0.7) partition.records = random() < 0.5 ? batch : mutated(batch, random);
    }
  }
}

/** Requests as they go over the wire, some with a size that lies, some followed by noise. */
export function anyBytes(random: () => number): Buffer {
  const parts: Buffer[] = [];
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const frame = anyRequest(random);
    const size = Buffer.alloc(4);
    const lie = random() < 0.1 ? Math.floor((random() - 0.5) * 2 ** 32) : frame.length;
    size.writeInt32BE(random() < 0.05 ? frame.length + Math.floor(random() * 9) - 4 : lie);
    parts.push(size, frame);
  }
  if (random() < 0.1) parts.push(randomBytes(1 + random() * 40, random));
  return Buffer.concat(parts);
}
