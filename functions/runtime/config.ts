import * as v from 'valibot';
import type { RefundSettings } from '../refund/settings.ts';
import { ENVIRONMENT } from './environment.ts';

/** The function was deployed without something it needs. Names the variable and the rule. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_ERROR';
}

const required = v.pipe(v.string('must be set'), v.trim(), v.minLength(1, 'must not be empty'));

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

/** A comma list; blanks around its words do not count. */
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

/** More partitions than that would only be more questions a minute. */
const MOST_SHARDS = 1_000;
const MOST_QUIET_SECONDS = 3_600;

const Environment = v.object({
  [ENVIRONMENT.tableName]: required,
  [ENVIRONMENT.secretId]: required,
  [ENVIRONMENT.apiUrl]: v.pipe(
    required,
    v.url('must be a URL'),
    v.regex(/^https?:/i, 'must begin with https:'),
    // Paths are put behind it; and who calls is said by the token alone.
    v.regex(/^[^@?#]*$/, 'must hold no user, query or fragment'),
    v.transform((url) => url.replace(/\/+$/, '')),
  ),
  [ENVIRONMENT.quietPeriodSeconds]: whole(`of seconds, 1 to ${MOST_QUIET_SECONDS}`, MOST_QUIET_SECONDS),
  [ENVIRONMENT.webhookSourceAddresses]: v.pipe(
    list,
    v.everyItem(
      (address) => v.is(v.pipe(v.string(), v.ip()), address),
      'must be a comma list of IP addresses',
    ),
  ),
  [ENVIRONMENT.resend]: v.optional(v.picklist(['safe', 'never'], 'must be safe or never'), 'safe'),
  [ENVIRONMENT.pgsThatCheckBalance]: list,
  [ENVIRONMENT.pgsThatDropReasons]: list,
  [ENVIRONMENT.importUnknownPayments]: yesOrNo('false'),
  [ENVIRONMENT.customersMayRefund]: yesOrNo('true'),
  [ENVIRONMENT.openRefundShards]: v.optional(whole(`of 1 to ${MOST_SHARDS}`, MOST_SHARDS), '8'),
});

export interface Config {
  readonly tableName: string;
  readonly secretId: string;
  readonly apiUrl: string;
  readonly openRefundShards: number;
  readonly webhookSourceAddresses: ReadonlySet<string>;
  readonly settings: RefundSettings;
}

export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = v.safeParse(Environment, environment);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const variable = v.getDotPath(issue) ?? 'environment';
    // A missing variable is told by the object itself, in words of its own.
    const rule = issue.type === 'object' ? 'must be set' : issue.message;
    throw new ConfigurationError(`${variable}: ${rule}`);
  }
  const values = parsed.output;
  return {
    tableName: values[ENVIRONMENT.tableName],
    secretId: values[ENVIRONMENT.secretId],
    apiUrl: values[ENVIRONMENT.apiUrl],
    openRefundShards: values[ENVIRONMENT.openRefundShards],
    webhookSourceAddresses: new Set(values[ENVIRONMENT.webhookSourceAddresses]),
    settings: {
      quietPeriodMs: values[ENVIRONMENT.quietPeriodSeconds] * 1000,
      resend: values[ENVIRONMENT.resend],
      pgsThatCheckBalance: new Set(values[ENVIRONMENT.pgsThatCheckBalance]),
      pgsThatDropReasons: new Set(values[ENVIRONMENT.pgsThatDropReasons]),
      importUnknownPayments: values[ENVIRONMENT.importUnknownPayments],
      customersMayRefund: values[ENVIRONMENT.customersMayRefund],
    },
  };
}
