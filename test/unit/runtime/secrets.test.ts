import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { tokenCache, TokenUnavailableError } from '../../../functions/iamport/token.ts';
import { secretCredentials } from '../../../functions/runtime/secrets.ts';

function given(answers: readonly unknown[]) {
  let nowMs = 0;
  let asked = 0;
  const client = {
    send: async () => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ SecretString: answer });
    },
  } as unknown as SecretsManagerClient;
  const credentials = secretCredentials({ client, secretId: 'iamport', now: () => nowMs });
  return { credentials, asked: () => asked, wait: (ms: number) => (nowMs += ms) };
}

const secret = (key: unknown, value: unknown) => JSON.stringify({ imp_key: key, imp_secret: value });
const right = { impKey: 'key', impSecret: 'SECRET-MARK' };

describe('the secret', () => {
  it.each([
    secret(' key', 'SECRET-MARK\n'),
    `\uFEFF${secret('key', '\tSECRET-MARK\r\n')}`,
    JSON.stringify({ imp_key: 'key', imp_secret: 'SECRET-MARK', note: 1 }),
  ])('the secret is read without surrounding blanks: %j', async (text) => {
    expect(await given([text]).credentials({ fresh: false })).toEqual(right);
  });

  it.each([undefined, '{', secret('', 'x'), secret('key', '  '), secret(5, 'x'), '{"imp_key":"key"}'])(
    'an unfilled secret makes the token unavailable because of the secret, and is never quoted: %j',
    async (text) => {
      const tokens = tokenCache({
        credentials: given([text]).credentials,
        requestToken: async () => Promise.reject(new Error('Bug: nothing to ask with')),
        now: () => 0,
      });
      await expect(tokens.get()).rejects.toThrow(
        new TokenUnavailableError('SecretNotFilledError SECRET_NOT_FILLED', { secret: true }),
      );
    },
  );

  it('the secret is kept for five minutes and read again when it was refused', async () => {
    const { credentials, asked, wait } = given([secret('key', 'old'), secret('key', 'new')]);
    await credentials({ fresh: false });
    wait(299_000);
    expect(await credentials({ fresh: false })).toMatchObject({ impSecret: 'old' });
    expect(await credentials({ fresh: true })).toMatchObject({ impSecret: 'new' });
    expect(asked()).toBe(2);
    wait(301_000);
    await credentials({ fresh: false });
    expect(asked()).toBe(3);
  });

  it('after a failed read the secret is read again at the next need', async () => {
    const { credentials } = given([new Error('x'), secret('key', 'SECRET-MARK')]);
    await expect(credentials({ fresh: false })).rejects.toThrow('x');
    expect(await credentials({ fresh: false })).toEqual(right);
  });
});
