import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { CredentialsSource } from '../iamport/token.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { currentInvocation } from './invocation.ts';

/** How soon a rotated secret is used even when the old one still works. */
const SECRET_LIFETIME_MS = 5 * 60 * 1000;

/** The secret exists but is not filled. Names the field, never its value. */
export class SecretNotFilledError extends Error {
  override readonly name = 'SecretNotFilledError';
  readonly code = 'SECRET_NOT_FILLED';
}

/** A console's text box adds a line break to pasted text. */
const filled = v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty'));
const SecretValue = v.pipe(
  v.string(),
  v.transform((text) => text.replace(/^\uFEFF/, '')),
  v.parseJson(),
  v.object({ imp_key: filled, imp_secret: filled }),
);

interface SecretOptions {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  /** Epoch ms. */
  readonly now: () => number;
}

/** i'mport's key and secret. Never logged. Rejects while they are unavailable. */
export function secretCredentials(options: SecretOptions): CredentialsSource {
  return cachedSecret(options, (text) => {
    const parsed = v.safeParse(SecretValue, text);
    if (parsed.success) return { impKey: parsed.output.imp_key, impSecret: parsed.output.imp_secret };
    const field = v.getDotPath(parsed.issues[0]) ?? 'value';
    throw new SecretNotFilledError(`secret ${field}: must be JSON with imp_key and imp_secret, both filled`);
  });
}

/** What a secret holds, cached for a while; what cannot be read is not cached. */
export function cachedSecret<T>(
  { client, secretId, now }: SecretOptions,
  read: (text: string | undefined) => T,
): (options: { readonly fresh: boolean }) => Promise<T> {
  let cached: { readonly value: T; readonly fetchedAtMs: number } | undefined;
  return async ({ fresh }) => {
    const nowMs = now();
    if (cached === undefined || fresh || nowMs - cached.fetchedAtMs >= SECRET_LIFETIME_MS) {
      const command = new GetSecretValueCommand({ SecretId: secretId });
      const { SecretString } = await client.send(command, omitMissing({ abortSignal: currentInvocation() }));
      cached = { value: read(SecretString), fetchedAtMs: nowMs };
    }
    return cached.value;
  };
}
