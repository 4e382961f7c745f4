import * as v from 'valibot';
import {
  DEFAULT_OPEN_REFUND_SHARDS,
  DEFAULT_ORDER_ATTRIBUTES,
  type OrderAttributes,
} from '../ledger/keys.ts';

import { MOST_SHARDS } from '../protocol/resolver.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { isSwitchable } from '../refund/pg/rules.ts';
import type { RefundSettings } from '../refund/settings.ts';
import { ENVIRONMENT } from './environment.ts';

/** The function's deployment lacks a setting. Names the variable and the rule. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_ERROR';
}

const NOT_EMPTY = 'must not be empty';
const required = v.pipe(v.string('must be set'), v.trim(), v.minLength(1, NOT_EMPTY));

function whole(what: string, most: number) {
  const message = `must be a whole number ${what}`;
  return v.pipe(
    v.string('must be set'),
    v.regex(/^\d{1,6}$/, message),
    v.transform(Number),
    v.minValue(1, message),
    v.maxValue(most, message),
  );
}

/** A comma-separated list; blanks around its words are ignored. */
const list = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text): readonly string[] =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
);

function yesOrNo(otherwise: 'true' | 'false') {
  return v.pipe(
    v.optional(v.picklist(['true', 'false'], 'must be true or false'), otherwise),
    v.transform((text) => text === 'true'),
  );
}

const attribute = v.optional(v.pipe(v.string(), v.minLength(1)));
const ATTRIBUTES_RULE = 'must be JSON with names of attributes, such as {"customerId": "member_no"}';
const orderAttributes = v.pipe(
  v.optional(v.string(), '{}'),
  v.parseJson(undefined, ATTRIBUTES_RULE),
  v.strictObject({
    merchantUid: attribute,
    customerId: attribute,
    amount: attribute,
    currency: attribute,
    impUid: attribute,
  }),
);

/** The shop's names of its orders' attributes, as JSON with those that differ; undefined when it is no such JSON. */
export function orderAttributesIn(text: string): OrderAttributes | undefined {
  const { success, output } = v.safeParse(orderAttributes, text);
  return success ? { ...DEFAULT_ORDER_ATTRIBUTES, ...omitMissing(output) } : undefined;
}

/** Less than a minute is for demonstrations on one machine; the stack refuses it. */
const MOST_QUIET_SECONDS = 3_600;

const Environment = v.object({
  [ENVIRONMENT.ordersTable]: required,
  [ENVIRONMENT.orderAttributes]: orderAttributes,
  [ENVIRONMENT.ledgerTable]: required,
  [ENVIRONMENT.secretId]: required,
  [ENVIRONMENT.apiUrl]: v.pipe(
    required,
    v.url('must be a URL'),
    v.regex(/^https?:/i, 'must begin with https:'),
    // Paths are appended to it, and the token alone names the caller.
    v.regex(/^[^@?#]*$/, 'must hold no user, query or fragment'),
    v.transform((url) => url.replace(/\/+$/, '')),
  ),
  [ENVIRONMENT.iamportTier]: v.optional(
    v.pipe(v.string(), v.regex(/^[\x21-\x7E]{3}$/, 'must be three characters')),
  ),
  [ENVIRONMENT.quietPeriodSeconds]: whole(`of seconds, 1 to ${MOST_QUIET_SECONDS}`, MOST_QUIET_SECONDS),
  [ENVIRONMENT.webhookSourceAddresses]: v.pipe(
    list,
    v.everyItem(
      (address) => v.is(v.pipe(v.string(), v.ip()), address),
      'must be a comma list of IP addresses',
    ),
  ),
  [ENVIRONMENT.pgsThatCancelLater]: list,
  [ENVIRONMENT.rulesOff]: v.pipe(list, v.everyItem(isSwitchable, 'must be a comma list of PG rules')),
  [ENVIRONMENT.importUnknownPayments]: yesOrNo('false'),
  [ENVIRONMENT.customersMayRefund]: yesOrNo('true'),
  [ENVIRONMENT.personClaim]: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1, NOT_EMPTY))),
  [ENVIRONMENT.openRefundShards]: v.optional(
    whole(`of 1 to ${MOST_SHARDS}`, MOST_SHARDS),
    String(DEFAULT_OPEN_REFUND_SHARDS),
  ),
});

/** The settings of the function that publishes events. */
const Publishing = v.object({
  [ENVIRONMENT.ledgerTable]: required,
  [ENVIRONMENT.openRefundShards]: Environment.entries[ENVIRONMENT.openRefundShards],
  [ENVIRONMENT.eventBus]: required,
  [ENVIRONMENT.eventFailuresQueue]: required,
  [ENVIRONMENT.serviceName]: required,
});

/** The settings of the function that posts events. */
const Forwarding = v.object({
  [ENVIRONMENT.eventsUrl]: v.pipe(required, v.url('must be a URL')),
  [ENVIRONMENT.eventsSecretId]: required,
  [ENVIRONMENT.eventsQueue]: required,
  [ENVIRONMENT.eventFailuresQueue]: required,
});

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws ConfigurationError */
export function publishingConfig(environment: Variables) {
  const values = parsed(Publishing, environment);
  return {
    ledgerTable: values[ENVIRONMENT.ledgerTable],
    shards: values[ENVIRONMENT.openRefundShards],
    eventBus: values[ENVIRONMENT.eventBus],
    failuresQueue: values[ENVIRONMENT.eventFailuresQueue],
    serviceName: values[ENVIRONMENT.serviceName],
  };
}

/** @throws ConfigurationError */
export function forwardingConfig(environment: Variables) {
  const values = parsed(Forwarding, environment);
  return {
    url: values[ENVIRONMENT.eventsUrl],
    secretId: values[ENVIRONMENT.eventsSecretId],
    queue: values[ENVIRONMENT.eventsQueue],
    failuresQueue: values[ENVIRONMENT.eventFailuresQueue],
  };
}

export interface Config {
  readonly ordersTable: string;
  readonly orderAttributes: OrderAttributes;
  readonly ledgerTable: string;
  readonly secretId: string;
  readonly apiUrl: string;
  readonly iamportTier?: string;
  readonly openRefundShards: number;
  readonly webhookSourceAddresses: ReadonlySet<string>;
  readonly personClaim?: string;
  readonly settings: RefundSettings;
}

export function readConfig(environment: Variables): Config {
  const values = parsed(Environment, environment);
  return {
    ordersTable: values[ENVIRONMENT.ordersTable],
    orderAttributes: { ...DEFAULT_ORDER_ATTRIBUTES, ...omitMissing(values[ENVIRONMENT.orderAttributes]) },
    ledgerTable: values[ENVIRONMENT.ledgerTable],
    secretId: values[ENVIRONMENT.secretId],
    apiUrl: values[ENVIRONMENT.apiUrl],
    openRefundShards: values[ENVIRONMENT.openRefundShards],
    webhookSourceAddresses: new Set(values[ENVIRONMENT.webhookSourceAddresses]),
    ...omitMissing({
      iamportTier: values[ENVIRONMENT.iamportTier],
      personClaim: values[ENVIRONMENT.personClaim],
    }),
    settings: {
      quietPeriodMs: values[ENVIRONMENT.quietPeriodSeconds] * 1000,
      pgsThatCancelLater: new Set(values[ENVIRONMENT.pgsThatCancelLater]),
      rulesOff: new Set(values[ENVIRONMENT.rulesOff]),
      importUnknownPayments: values[ENVIRONMENT.importUnknownPayments],
      customersMayRefund: values[ENVIRONMENT.customersMayRefund],
    },
  };
}

/** @throws ConfigurationError */
function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  environment: Variables,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, environment);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const variable = Object.values(ENVIRONMENT).find((name) => name === issue.path?.[0]?.key) ?? 'environment';
  const isMissing = issue.type === 'object';
  if (isMissing) throw new ConfigurationError(`${variable}: must be set`);
  // For a fault inside the JSON, the library names what it found; our one rule says what is expected.
  const rule = variable === ENVIRONMENT.orderAttributes ? ATTRIBUTES_RULE : issue.message;
  throw new ConfigurationError(`${variable}: ${rule}`);
}
