import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { CredentialsSource } from '../iamport/token.ts';
import { ConfigurationError } from './config.ts';

/** A rotated secret is picked up this soon even when the old one still works. */
const SECRET_LIFETIME_MS = 5 * 60 * 1000;

const filled = v.pipe(v.string(), v.minLength(1, 'must not be empty'));
const SecretValue = v.pipe(v.string(), v.parseJson(), v.object({ imp_key: filled, imp_secret: filled }));

/** i'mport's key and secret, cached for a while. Never logged; an error names the field, not its value. */
export function secretCredentials(
  client: SecretsManagerClient,
  secretId: string,
  now: () => number,
): CredentialsSource {
  let cached: { readonly value: ReturnType<typeof read>; readonly fetchedAtMs: number } | undefined;

  async function read() {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const parsed = v.safeParse(SecretValue, SecretString);
    if (!parsed.success) {
      const field = v.getDotPath(parsed.issues[0]) ?? 'value';
      throw new ConfigurationError(`secret ${field}: must be JSON with imp_key and imp_secret, both filled`);
    }
    return { impKey: parsed.output.imp_key, impSecret: parsed.output.imp_secret };
  }

  return async ({ fresh }) => {
    const known = cached;
    if (known !== undefined && !fresh && now() - known.fetchedAtMs < SECRET_LIFETIME_MS) return known.value;
    const value = read();
    cached = { value, fetchedAtMs: now() };
    // A failure is not kept: the next call asks again.
    value.catch(() => {
      if (cached?.value === value) cached = undefined;
    });
    return value;
  };
}
