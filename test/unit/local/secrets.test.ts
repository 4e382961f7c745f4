import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { startSecretsManager } from '../../../lib/lab/local/secrets.ts';

const ARN = 'arn:aws:secretsmanager:ap-northeast-2:000000000000:secret:iamport-local1';

it('the SDK reads the secret by its ARN or its name, and gets an error for another name', async () => {
  const server = await startSecretsManager(
    [{ arn: ARN, name: 'iamport', value: '{"imp_key":"k"}' }],
    (error) => {
      throw error;
    },
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SecretsManagerClient({ endpoint: server.url, region: 'ap-northeast-2', credentials });
  const read = async (SecretId: string): Promise<string | undefined> =>
    (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  expect(await read(ARN)).toBe('{"imp_key":"k"}');
  expect(await read('iamport')).toBe('{"imp_key":"k"}');
  await expect(read('another')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  client.destroy();
  await server.end();
});
