// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import * as variable from "../kit/variables.ts";
import { objectVariables } from "./objects/objects.variables.ts";
import { videoStoreSchemes } from "./store.open.ts";

/** Where videos and their files are: the same for all processes that share them. */
export const storageVariables = {
  MONGO_URL: variable.adapterUrl(videoStoreSchemes, {
    doc: "Where videos are stored: `sqlite:<file>`, or MongoDB at a `mongodb:` or `mongodb+srv:` URL.",
  }),
  MONGO_DATABASE: variable.text({
    default: "nthu_distributed_system",
    doc: "Name of the database in MongoDB.",
  }),
  ...objectVariables,
};
