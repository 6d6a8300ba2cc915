// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { BrokerOptions, ListenerOptions } from "../broker-options.ts";
import { checkInteger, checkList, checkNames, configError } from "../config-error.ts";
import { checkMechanisms, formatAddress, isWildcard, type Listener, portOf } from "./listener.ts";

const names = ["name", "host", "port", "advertisedHost", "advertisedPort", "tls", "sasl"];

/** Fills in the defaults of listeners. Throws an EmbeddedKafkaError when one is wrong. */
export function resolveListeners(options: BrokerOptions, brokers: number): Listener[] {
  if (options.listeners && options.port !== undefined) {
    throw configError(`'port' is of no listener where 'listeners' are given: ${options.port}`);
  }
  const given = options.listeners ?? [{ port: options.port }];
  checkList("listeners", given);
  if (given.length === 0) throw configError("'listeners' must have one at least");
  const listeners = given.map((listener) => resolve(listener, options.host));
  for (const [at, listener] of listeners.entries()) {
    const { name, saslMechanisms } = listener;
    if (listeners.findIndex((other) => other.name === name) !== at) {
      throw configError(`there are two listeners named "${name}"`);
    }
    checkPorts(listener, brokers, listeners.length);
    checkTls(listener);
    checkMechanisms(`'sasl' of listener ${name}`, saslMechanisms);
    if (saslMechanisms.length > 0 && !options.users?.length) {
      throw configError(`listener ${name} lets nobody in: it has 'sasl', and there are no 'users'`);
    }
  }
  checkConflicts(listeners, brokers);
  return listeners;
}

function resolve(listener: ListenerOptions, defaultHost = "127.0.0.1"): Listener {
  const { tls, sasl = [], advertisedHost, advertisedPort } = listener;
  const kind = `${sasl.length > 0 ? "SASL_" : ""}${tls ? "SSL" : "PLAINTEXT"}`;
  const { name = kind, host = defaultHost, port = 0 } = listener;
  for (const [option, value] of Object.entries({ host, advertisedHost })) {
    if (value === "") throw configError(`'${option}' of listener ${name} must not be empty`);
    if (value !== undefined && typeof value !== "string") {
      throw configError(
        `'${option}' of listener ${name} must be a string: current value is ${value}`,
      );
    }
  }
  checkNames(listener, names, ` of listener ${name}`);
  return { name, host, port, advertisedHost, advertisedPort, tls, saslMechanisms: sasl };
}

/** Ports of the last broker too. */
function checkPorts({ name, port, advertisedPort }: Listener, brokers: number, count: number) {
  const most = 65_535 - (brokers - 1) * count;
  checkInteger(`port of listener ${name}`, port, 0, most);
  if (advertisedPort !== undefined) {
    checkInteger(`advertisedPort of listener ${name}`, advertisedPort, 1, most);
  }
}

function checkTls({ name, tls }: Listener): void {
  if (!tls) return;
  const hasKey = tls.key !== undefined && tls.cert !== undefined;
  if (hasKey || tls.pfx !== undefined || tls.SNICallback) return;
  throw configError(`'tls' of listener ${name} must have 'key' and 'cert', or 'pfx'`);
}

/** No two listeners of any two brokers may be at the same place. */
function checkConflicts(listeners: readonly Listener[], brokers: number): void {
  const taken: { readonly host: string; readonly port: number; readonly owner: string }[] = [];
  for (let broker = 0; broker < brokers; broker++) {
    for (const { name, host, port: first } of listeners.filter(({ port }) => port !== 0)) {
      const port = portOf(first, broker, listeners.length);
      const owner = `listener ${name} of broker ${broker}`;
      const other = taken.find((each) => each.port === port && overlap(each.host, host));
      if (other) {
        const address = formatAddress({ host, port });
        throw configError(`${address} is given twice: to ${other.owner} and to ${owner}`);
      }
      taken.push({ host, port, owner });
    }
  }
}

function overlap(a: string, b: string): boolean {
  return a === b || isWildcard(a) || isWildcard(b);
}
