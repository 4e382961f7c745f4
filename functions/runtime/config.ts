import * as v from 'valibot';
import { DEFAULT_ORDER_ATTRIBUTES, type OrderAttributes } from '../ledger/keys.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { isSwitchable } from '../refund/pg/rules.ts';
import type { RefundSettings } from '../refund/settings.ts';
import { ENVIRONMENT } from './environment.ts';

/** The function's deployment lacks a setting. Names the variable and the rule. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_ERROR';
}

const NOT_EMPTY = v.minLength<string, 1, string>(1, 'must not be empty');
const required = v.pipe(v.string('must be set'), v.trim(), NOT_EMPTY);
const url = v.pipe(required, v.url('must be a URL'));

/** A comma-separated list; blanks around its words are ignored. */
function list(isRight: (word: string) => boolean, message: string) {
  return v.pipe(
    v.optional(v.string(), ''),
    v.transform((text) => text.split(',').map((word) => word.trim())),
    v.filterItems((word) => word !== ''),
    v.everyItem(isRight, message),
    v.transform((words): ReadonlySet<string> => new Set(words)),
  );
}

function yesOrNo(otherwise: 'true' | 'false') {
  return v.pipe(
    v.optional(v.picklist(['true', 'false'], 'must be true or false'), otherwise),
    v.transform((text) => text === 'true'),
  );
}

const attribute = v.optional(v.pipe(v.string(), v.minLength(1)));
const orderAttributes = v.config(
  v.pipe(
    v.optional(v.string(), '{}'),
    v.parseJson(),
    v.strictObject({
      merchantUid: attribute,
      customerId: attribute,
      amount: attribute,
      currency: attribute,
      impUid: attribute,
    }),
    v.transform((names): OrderAttributes => ({ ...DEFAULT_ORDER_ATTRIBUTES, ...omitMissing(names) })),
  ),
  { message: 'must be JSON with names of attributes, such as {"customerId": "member_no"}' },
);

/** The shop's names of its orders' attributes, as JSON with those that differ; undefined when it is no such JSON. */
export function orderAttributesIn(text: string): OrderAttributes | undefined {
  const { success, output } = v.safeParse(orderAttributes, text);
  return success ? output : undefined;
}

const QUIET_SECONDS = 'must be a whole number of seconds, 1 to 3600';
/** Less than a minute is for demonstrations on one machine; the stack refuses it. */
const quietPeriod = v.pipe(
  v.string('must be set'),
  v.regex(/^\d{1,6}$/, QUIET_SECONDS),
  v.transform(Number),
  v.minValue(1, QUIET_SECONDS),
  v.maxValue(3_600, QUIET_SECONDS),
);
const isAddress = (word: string) => v.is(v.pipe(v.string(), v.ip()), word);

/** The rules of the variables, under their names in `ENVIRONMENT`. */
const Service = v.object({
  ordersTable: required,
  orderAttributes,
  ledgerTable: required,
  secretId: required,
  apiUrl: v.pipe(
    url,
    v.regex(/^https?:/i, 'must begin with https:'),
    // Paths are appended to it, and the token alone names the caller.
    v.regex(/^[^@?#]*$/, 'must hold no user, query or fragment'),
    v.transform((text) => text.replace(/\/+$/, '')),
  ),
  iamportTier: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7E]{3}$/, 'must be three characters'))),
  quietPeriodSeconds: quietPeriod,
  webhookSourceAddresses: list(isAddress, 'must be a comma list of IP addresses'),
  pgsThatCancelLater: list(() => true, ''),
  rulesOff: list(isSwitchable, 'must be a comma list of PG rules'),
  importUnknownPayments: yesOrNo('false'),
  customersMayRefund: yesOrNo('true'),
  personClaim: v.optional(v.pipe(v.string(), v.trim(), NOT_EMPTY)),
});

/** The settings of the function that publishes events. */
const Publishing = v.object({
  ledgerTable: required,
  eventBus: required,
  eventFailuresQueue: required,
  serviceName: required,
});

/** The settings of the function that posts events. */
const Forwarding = v.object({
  eventsUrl: url,
  eventsSecretId: required,
  eventsQueue: required,
  eventFailuresQueue: required,
});

type Variables = Readonly<Record<string, string | undefined>>;
export type Config = ReturnType<typeof readConfig>;

/** @throws ConfigurationError */
export function readConfig(environment: Variables) {
  const {
    quietPeriodSeconds,
    pgsThatCancelLater,
    rulesOff,
    importUnknownPayments,
    customersMayRefund,
    ...config
  } = parsed(Service, environment);
  const quietPeriodMs = quietPeriodSeconds * 1000;
  const switches = { importUnknownPayments, customersMayRefund };
  const settings: RefundSettings = { quietPeriodMs, pgsThatCancelLater, rulesOff, ...switches };
  return { ...config, settings };
}

/** @throws ConfigurationError */
export function publishingConfig(environment: Variables) {
  return parsed(Publishing, environment);
}

/** @throws ConfigurationError */
export function forwardingConfig(environment: Variables) {
  return parsed(Forwarding, environment);
}

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  environment: Variables,
): v.InferOutput<Schema> {
  const named = Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable]]);
  const result = v.safeParse(schema, Object.fromEntries(named));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = issue.path?.[0]?.key as keyof typeof ENVIRONMENT;
  throw new ConfigurationError(`${ENVIRONMENT[name]}: ${issue.message}`);
}
