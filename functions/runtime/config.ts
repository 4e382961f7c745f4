import * as v from 'valibot';
import { ENVIRONMENT } from './environment.ts';

/** The function was deployed without something it needs. Names the variable and the rule; thrown once, at start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'CONFIGURATION_ERROR';
}

const required = v.pipe(v.string(), v.minLength(1, 'must not be empty'));

const Environment = v.object({
  [ENVIRONMENT.tableName]: required,
  [ENVIRONMENT.secretId]: required,
  [ENVIRONMENT.apiUrl]: v.pipe(
    required,
    v.url('must be a URL'),
    v.transform((url) => url.replace(/\/+$/, '')),
  ),
  [ENVIRONMENT.quietPeriodSeconds]: v.pipe(
    required,
    v.transform(Number),
    v.integer('must be whole seconds'),
    v.minValue(1),
  ),
  [ENVIRONMENT.webhookSourceAddresses]: v.optional(v.string(), ''),
});

export interface Config {
  readonly tableName: string;
  readonly secretId: string;
  readonly apiUrl: string;
  readonly quietPeriodMs: number;
  readonly webhookSourceAddresses: ReadonlySet<string>;
}

export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = v.safeParse(Environment, environment);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new ConfigurationError(`${v.getDotPath(issue) ?? 'environment'}: ${issue.message}`);
  }
  const values = parsed.output;
  const addresses = values[ENVIRONMENT.webhookSourceAddresses].split(',').map((address) => address.trim());
  return {
    tableName: values[ENVIRONMENT.tableName],
    secretId: values[ENVIRONMENT.secretId],
    apiUrl: values[ENVIRONMENT.apiUrl],
    quietPeriodMs: values[ENVIRONMENT.quietPeriodSeconds] * 1000,
    webhookSourceAddresses: new Set(addresses.filter((address) => address !== '')),
  };
}
