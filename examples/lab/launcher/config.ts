// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import * as variable from "../kit/variables.ts";

export const launcherVariables = {
  LAB_DATA_DIR: variable.text({
    default: ".lab-data",
    doc: "Folder of everything that the lab stores.",
  }),
  LAB_PORTS: variable.oneOf(["well-known", "free"], {
    default: "well-known",
    doc: "`free` lets every listener take a port that nobody has, for a second lab beside the first, with a folder of its own.",
  }),
};
