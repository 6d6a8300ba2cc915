// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Variable } from "../kit/config.ts";
import * as variable from "../kit/variables.ts";

export const launcherVariables = {
  LAB_DATA_DIR: variable.text({
    default: ".lab-data",
    doc: "Folder of everything that the lab stores; with `--real`, of compiled code alone.",
  }),
  LAB_PORTS: variable.oneOf(["well-known", "free"], {
    default: "well-known",
    doc: "`free` lets every listener take a port that nobody has, for a second lab beside the first, with a folder of its own.",
  }),
  LAB_STREAMS: variable.integer({
    default: "1",
    min: 1,
    max: 16,
    doc: "How many video-stream processes share the work; metrics of the second one are on the next port, and so on.",
  }),
};

const flags = Object.keys(launcherVariables).map((name) => `--${name.toLowerCase()}`);

/** What is said of any other argument. */
export const launcherUsage = `there are --real, ${flags.join(", ")}`;

const postgres = ["postgres", "postgresql"] as const;

/** What `npm start -- --real` needs to know; the services read the same, and say more of it. */
export const realServerVariables = {
  POSTGRES_URL: variable.adapterUrl(postgres, { doc: "PostgreSQL, for comments: `postgres://…`." }),
  MIGRATION_URL: orEmpty(
    variable.adapterUrl(postgres, {
      doc: "The same with the right to make tables; empty for `POSTGRES_URL`.",
    }),
  ),
  MONGO_URL: variable.adapterUrl(["mongodb", "mongodb+srv"], {
    doc: "MongoDB, for videos: `mongodb://…`.",
  }),
  REDIS_ADDR: variable.text({ default: "", doc: "Redis, for caches; empty for none." }),
  MINIO_ENDPOINT: objectServer(
    "S3 object store, for files: `http://host:port`; https without a scheme unless `MINIO_INSECURE`.",
  ),
  MINIO_USERNAME: variable.text({ doc: "Access key of the object store." }),
  MINIO_PASSWORD: variable.text({ doc: "Its secret." }),
  KAFKA_PRODUCER_ADDRS: variable.addresses({ doc: "Kafka brokers, as video-api reaches them." }),
  KAFKA_CONSUMER_ADDRS: variable.addresses({
    doc: "Kafka brokers, as video-stream reaches them.",
  }),
};

function orEmpty(variable: Variable<string>): Variable<string> {
  const parse = (value: string) => (value === "" ? "" : variable.parse(value));
  return { ...variable, default: "", parse };
}

function objectServer(doc: string): Variable<string> {
  return {
    doc,
    parse: (value) => {
      if (value.startsWith("file:")) throw new Error("an S3 server, not a folder");
      return value;
    },
  };
}
