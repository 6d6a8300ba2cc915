// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Variable } from "../../kit/config.ts";
import * as variable from "../../kit/variables.ts";

/** Where files are, under the names of the original, and ours for what it had not. */
export const objectVariables = {
  MINIO_ENDPOINT: objectEndpoint(
    "Where files are stored: `file:<folder>`, or an S3 server as `http://host:port`, " +
      "`https://host:port`, or `host:port`, which is https unless `MINIO_INSECURE`.",
  ),
  MINIO_BUCKET: variable.text({
    default: "videos",
    doc: "Bucket, or folder, of the files; a bucket is made if it is not there.",
  }),
  MINIO_USERNAME: variable.text({ default: "", doc: "Access key of the S3 server." }),
  MINIO_PASSWORD: variable.text({ default: "", doc: "Its secret key." }),
  MINIO_INSECURE: variable.boolean({
    default: "false",
    doc: "`true`: an S3 server that is given without a scheme speaks http, not https.",
  }),
  MINIO_REGION: variable.text({
    default: "us-east-1",
    doc: "Region that requests are signed for; most servers of one's own take any.",
  }),
  MINIO_POLICY: variable.oneOf(["public", "private"], {
    default: "public",
    doc:
      "`public` lets everybody GET (not list) the objects of a bucket that has no policy; " +
      "`private` leaves it as it is, and `OBJECTS_PUBLIC_URL` to something of yours.",
  }),
  OBJECTS_PUBLIC_URL: publicUrl(
    "Where clients GET stored files: the start of their URLs. Empty: the S3 server itself, or " +
      "`http://localhost:9000` for a folder.",
  ),
};

function objectEndpoint(doc: string): Variable<string> {
  return {
    doc,
    parse: (value) => {
      if (/^file:./.test(value)) return value;
      const url = URL.parse(value.includes("://") ? value : `https://${value}`);
      const isServer = url !== null && /^https?:$/.test(url.protocol) && value !== "file:";
      // `URL` writes what it reads in its own way: more than a host shows in these.
      const hasLogin = url?.username !== "" || url.password !== "";
      if (!isServer || url.pathname !== "/" || url.search || url.hash || hasLogin) {
        throw new Error("file:<folder>, host:port, http://host:port or https://host:port");
      }
      return value;
    },
  };
}

function publicUrl(doc: string): Variable<string> {
  return {
    doc,
    default: "",
    parse: (value) => {
      const url = URL.parse(value);
      if (value !== "" && !/^https?:$/.test(url?.protocol ?? "")) {
        throw new Error("a URL that starts with 'http://' or 'https://'");
      }
      return value;
    },
  };
}
