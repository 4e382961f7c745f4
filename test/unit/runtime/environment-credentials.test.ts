import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../../functions/runtime/environment-credentials.ts';

afterEach(() => void vi.unstubAllEnvs());

function given(environment: Readonly<Record<string, string | undefined>>): void {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
  for (const name of names) vi.stubEnv(name, environment[name]);
}

describe('the credentials of a function', () => {
  it('are those that Lambda has put into the environment', async () => {
    given({ AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S', AWS_SESSION_TOKEN: 'T' });
    expect(await defaultProvider()()).toEqual({
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: 'T',
    });
    given({ AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' });
    expect(await defaultProvider()()).toEqual({ accessKeyId: 'A', secretAccessKey: 'S' });
  });

  it.each([{}, { AWS_ACCESS_KEY_ID: 'A' }, { AWS_SECRET_ACCESS_KEY: 'SECRET-MARK' }])(
    'are missed loudly, by the names of what must be set: %j',
    async (environment) => {
      given(environment);
      await expect(defaultProvider()()).rejects.toThrow(
        'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set',
      );
    },
  );
});
