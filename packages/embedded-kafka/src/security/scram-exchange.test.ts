// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { SaslRefusal } from "./sasl-exchange.ts";
import { ScramExchange } from "./scram-exchange.ts";
import { createScramCredential, type ScramMechanism, Users } from "./users.ts";

// The conversation of RFC 7677, section 3.
const clientNonce = "rOprNGfwEbeRWgbNEkqO";
const serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
const first = `n,,n=user,r=${clientNonce}`;
const bound = `c=biws,r=${clientNonce}${serverNonce}`;
const final = `${bound},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

const knows =
  (password: string, iterations = 4096) =>
  (mechanism: ScramMechanism, name: string) =>
    name === "user"
      ? createScramCredential(mechanism, password, Buffer.from(salt, "base64"), iterations)
      : undefined;

function createExchange(scram = knows("pencil"), nonce: string | undefined = serverNonce) {
  return new ScramExchange({ mechanism: "SCRAM-SHA-256", users: { scram }, nonce });
}

function step(exchange: ScramExchange, message: string): string {
  return exchange.step(Buffer.from(message)).toString();
}

test("ScramExchange has the conversation of RFC 7677", () => {
  const exchange = createExchange();
  expect(step(exchange, first)).toBe(`r=${clientNonce}${serverNonce},s=${salt},i=4096`);
  expect(exchange.userName).toBeUndefined();
  expect(step(exchange, final)).toBe("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  expect(exchange.userName).toBe("user");
});

test("ScramExchange takes an authorization id that is the user's own, and passes extensions by", () => {
  const exchange = createExchange();
  step(exchange, `n,a=user,n=user,r=${clientNonce},tokenauth=false`);
  expect(() => step(exchange, final)).toThrow("the channel binding is not the one");
});

test.each([
  ["n,,n=nobody,r=abc", "there is no user 'nobody'"],
  ["n,,n=us=2Cer=3D,r=abc", "there is no user 'us,er='"],
  ["n,,n=us=41er,r=abc", "the user name has '=' in it"],
  ["n,,n=user,r=", "the first SCRAM message cannot be read"],
  ["n,,n=user,r=a c", "the first SCRAM message cannot be read"],
  ["n,,m=future,n=user,r=abc", "the first SCRAM message cannot be read"],
  ["y,,n=user,r=abc", "the first SCRAM message cannot be read"],
  ["p=tls-unique,,n=user,r=abc", "the first SCRAM message cannot be read"],
  ["", "the first SCRAM message cannot be read"],
  ["n,a=other,n=user,r=abc", "authorization id that is different from username"],
])("ScramExchange refuses to begin with %j", (message, reason) => {
  expect(() => step(createExchange(), message)).toThrow(SaslRefusal);
  expect(() => step(createExchange(), message)).toThrow(reason);
});

test.each([
  [final.replace(serverNonce, "other"), "the nonce is not the one that was sent"],
  [final.replace("c=biws", "c=eSws"), "the channel binding is not the one of the first message"],
  [final.replace("p=dH", "p=dI"), "the password of user 'user' is wrong"],
  [`${bound},p=AAAA`, "the password of user 'user' is wrong"],
  [`${bound},p=`, "the final SCRAM message cannot be read"],
  [bound, "the final SCRAM message cannot be read"],
  [first, "the final SCRAM message cannot be read"],
])("ScramExchange refuses to end with %j", (message, reason) => {
  const exchange = createExchange();
  step(exchange, first);
  expect(() => step(exchange, message)).toThrow(reason);
  expect(exchange.userName).toBeUndefined();
});

test("ScramExchange refuses a proof of another password, and one of other iterations", () => {
  for (const scram of [knows("pencils"), knows("pencil", 4097)]) {
    const exchange = createExchange(scram);
    step(exchange, first);
    expect(() => step(exchange, final)).toThrow("the password of user 'user' is wrong");
  }
});

test("ScramExchange adds another nonce each time", () => {
  const nonces = Array.from({ length: 3 }, () => {
    const exchange = new ScramExchange({
      mechanism: "SCRAM-SHA-512",
      users: { scram: knows("pencil") },
    });
    return step(exchange, first).split(",")[0];
  });
  expect(new Set(nonces).size).toBe(3);
  expect(nonces[0]).toMatch(/^r=rOprNGfwEbeRWgbNEkqO[\w-]{24}$/);
});

test("Users gives each user a salt of its own and keeps it", () => {
  const users = new Users([
    { name: "a", password: "same" },
    { name: "b", password: "same" },
  ]);
  const a = users.scram("SCRAM-SHA-256", "a");
  expect(a?.salt.length).toBe(16);
  expect(a?.iterations).toBeGreaterThanOrEqual(4096);
  expect(users.scram("SCRAM-SHA-256", "a")).toBe(a);
  expect(users.scram("SCRAM-SHA-256", "b")?.storedKey).not.toEqual(a?.storedKey);
  expect(users.scram("SCRAM-SHA-512", "a")?.storedKey.length).toBe(64);
  expect(users.scram("SCRAM-SHA-256", "c")).toBeUndefined();
});
