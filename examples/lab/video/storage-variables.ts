// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import * as variable from "../kit/variables.ts";
import { objectStoreSchemes } from "./objects.open.ts";
import { videoStoreSchemes } from "./store.open.ts";

/** Where videos and their files are: the same for all processes that share them. */
export const storageVariables = {
  MONGO_URL: variable.adapterUrl(videoStoreSchemes, {
    doc: "Where videos are stored: `sqlite:<file>`.",
  }),
  MONGO_DATABASE: variable.text({
    default: "nthu_distributed_system",
    doc: "Database of MongoDB.",
  }),
  MINIO_ENDPOINT: variable.adapterUrl(objectStoreSchemes, {
    doc: "Where files are stored: `file:<folder>`.",
  }),
  MINIO_BUCKET: variable.text({ default: "videos", doc: "Bucket, or folder, of the files." }),
  OBJECTS_PUBLIC_URL: variable.text({
    default: "http://localhost:9000",
    doc: "Where clients GET stored files: the start of their URLs.",
  }),
};
