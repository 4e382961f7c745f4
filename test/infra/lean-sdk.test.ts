import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundleFile } from '../../lib/stack/bundle.ts';
import { AS_A_FUNCTION, projectFile } from '../../lib/stack/bundling.ts';
import { leanSdk } from '../../lib/stack/lean-sdk.ts';
import { LEANER, type Leaner } from '../../lib/stack/leaner-files.ts';
import { CALLS, comparable, SETTINGS, visible, type Heard, type Sdk } from '../support/sdk-calls.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let folder: string;
let whole: Sdk;
let lean: Sdk;
let server: Server;
let url: string;
let answer: Answer;
let heard: Heard[];

const PARTS = {
  entryPoints: [projectFile('test/support/sdk-parts.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  mainFields: AS_A_FUNCTION.mainFields,
} satisfies BuildOptions & { readonly entryPoints: readonly [string] };

async function loaded(name: string, code: Uint8Array): Promise<Sdk> {
  const file = path.join(folder, `${name}.mjs`);
  await writeFile(file, code);
  return (await import(pathToFileURL(file).href)) as Sdk;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'refunds-lean-sdk-'));
  const { outputFiles } = await build({ ...PARTS, write: false });
  whole = await loaded('whole', outputFiles[0]?.contents ?? new Uint8Array());
  lean = await loaded('lean', (await bundleFile(PARTS.entryPoints[0])).code);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, { 'x-amzn-requestid': 'R', ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** All that the service hears and the caller sees, of the whole SDK and of the one in the bundles. */
async function both(
  call: (sdk: Sdk) => Promise<unknown>,
  answered: Answer,
): Promise<readonly [whole: object, lean: object]> {
  answer = answered;
  const outcome = async (sdk: Sdk): Promise<object> => {
    heard = [];
    const came = await call(sdk).then(
      (value) => ({ value }),
      (error: unknown) => ({
        error: visible(error),
        isFailedCondition: error instanceof sdk.ConditionalCheckFailedException,
      }),
    );
    return { ...came, heard: heard.map(comparable) };
  };
  return [await outcome(whole), await outcome(lean)];
}

const ITEM = {
  k: { S: 'ORD-1' },
  n: { N: '12345678901234567890' },
  m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } },
  ss: { SS: ['a'] },
  b: { B: 'AQID' },
};
const ok = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });
const refused = (code: string, status = 400, more: object = {}): Answer => ({
  status,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: `${code}!`, ...more }),
});

describe('the SDK in the bundles', () => {
  it.each<[keyof typeof CALLS, Answer]>([
    [
      'read',
      ok({ Item: { ...ITEM, n: { N: '12' } }, ConsumedCapacity: { TableName: 't', CapacityUnits: 0.5 } }),
    ],
    ['query', ok({ Items: [ITEM], Count: 1, ScannedCount: 2, LastEvaluatedKey: { k: { S: 'x' } } })],
    ['scan', ok({ Items: [], Count: 0, ScannedCount: 0 })],
    ['write', ok({ Attributes: { k: { S: 'ORD-1' }, a: { N: '10000' } } })],
    [
      'secret',
      ok({
        ARN: 'a',
        Name: 's',
        SecretString: '{"imp_key":"1"}',
        CreatedDate: 1_764_000_000.123,
        VersionStages: ['AWSCURRENT'],
      }),
    ],
    ['secret', ok({ ARN: 'a', Name: 's', SecretBinary: 'AQID' })],
  ])('asks and is answered as the whole one (%s)', async (call, answered) => {
    const [expected, got] = await both(async (sdk) => CALLS[call](sdk, url), answered);
    expect(got).toEqual(expected);
    expect(got).toHaveProperty('value');
  });

  it.each([
    refused('ConditionalCheckFailedException', 400, { Item: { k: { S: 'ORD-1' } } }),
    refused('ConditionalCheckFailedException'),
    refused('ProvisionedThroughputExceededException', 400, {
      ThrottlingReasons: [{ reason: 'r', resource: 's' }],
    }),
    refused('ThrottlingException', 400, { throttlingReasons: [{ reason: 'r' }] }),
    refused('RequestLimitExceeded'),
    refused('ReplicatedWriteConflictException'),
    refused('TransactionConflictException'),
    refused('ItemCollectionSizeLimitExceededException'),
    refused('ResourceNotFoundException'),
    refused('InvalidEndpointException', 421),
    refused('ValidationException'),
    refused('AccessDeniedException'),
    refused('ExpiredTokenException'),
    refused('InternalServerError', 500),
    refused('NeverHeardOf', 418),
    { ...refused('Busy', 503), headers: { 'retry-after': new Date(Date.now() + 500).toUTCString() } },
    { ...refused('Busy', 503), headers: { 'retry-after': 'soon GMT' } },
    { ...refused('Busy', 429), headers: { 'x-amz-retry-after': '20' } },
    { status: 502, body: '<html>' },
    { status: 500, body: '' },
    { status: 200, body: '{"Attributes":' },
  ])('fails, and tries again, as the whole one ($status $body)', async (answered) => {
    const [expected, got] = await both(async (sdk) => CALLS.write(sdk, url), answered);
    expect(got).toEqual(expected);
    expect(got).toHaveProperty('error');
  });

  it.each([
    'ResourceNotFoundException',
    'DecryptionFailure',
    'InvalidRequestException',
    'InternalServiceError',
  ])('fails as the whole one where the secret cannot be had (%s)', async (code) => {
    const answered = refused(code, code.startsWith('Internal') ? 500 : 400);
    const [expected, got] = await both(async (sdk) => CALLS.secret(sdk, url), answered);
    expect(got).toEqual(expected);
    expect(got).toHaveProperty('error');
  });

  it('takes from the environment what the whole one does: address, tries and the trace of the invocation', async () => {
    const settings = {
      AWS_ENDPOINT_URL_DYNAMODB: url,
      AWS_MAX_ATTEMPTS: '1',
      AWS_LAMBDA_FUNCTION_NAME: 'cancel',
      _X_AMZN_TRACE_ID: 'Root=1-2-3',
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const ask = async (sdk: Sdk): Promise<unknown> =>
      sdk.DynamoDBDocumentClient.from(new sdk.DynamoDBClient(SETTINGS)).send(
        new sdk.GetCommand({ TableName: 't', Key: { k: '1' } }),
      );
    const [expected, got] = await both(ask, { status: 500, body: '' });
    vi.unstubAllEnvs();
    expect(got).toEqual(expected);
    expect(got).toMatchObject({ heard: [{ 'x-amzn-trace-id': 'Root=1-2-3' }] });
  });

  it('finds both services where the whole one does: in every partition, with FIPS and with both kinds of addresses', () => {
    const regions = [
      'ap-northeast-2',
      'us-east-1',
      'cn-north-1',
      'us-gov-west-1',
      'us-iso-east-1',
      'eusc-de-east-1',
      'us-isof-south-1',
      'mx-central-1',
      'aws-global',
      'aws-cn-global',
      'xx-new-9',
      'local',
    ];
    const addresses = (sdk: Sdk): readonly string[] =>
      regions.flatMap((Region) =>
        [0, 1, 2, 3].flatMap((bits) => {
          const asked = { Region, UseFIPS: (bits & 1) > 0, UseDualStack: (bits & 2) > 0 };
          return [new sdk.DynamoDBClient(SETTINGS), new sdk.SecretsManagerClient(SETTINGS)].map(
            ({ config }) => {
              try {
                return config.endpointProvider(asked).url.href;
              } catch (error) {
                return String(error);
              }
            },
          );
        }),
      );
    const found = addresses(whole);
    expect(found).toContain('https://dynamodb.cn-north-1.amazonaws.com.cn/');
    expect(addresses(lean)).toEqual(found);
  });
});

describe('a file of the SDK that is bundled otherwise than it is', () => {
  const [first] = LEANER;
  const bundled = async (leaner: Leaner, keepUnknown: boolean): Promise<unknown> =>
    build({ ...PARTS, write: false, logLevel: 'silent', plugins: [leanSdk([leaner], { keepUnknown })] });

  it('must be the very one that was read', async () => {
    if (first === undefined) return;
    const changed = { ...first, sha256: '0' };
    await expect(bundled(changed, false)).rejects.toThrow(/Sha256Js\.js has changed \(SHA-256 54d26649ccb5/);
    await expect(bundled(changed, true)).resolves.toBeDefined();
  });

  it('must be one that is bundled', async () => {
    if (first === undefined) return;
    const gone = { ...first, file: '@smithy/core/gone.js' };
    await expect(bundled(gone, false)).rejects.toThrow(/gone\.js is not bundled any more/);
    await expect(bundled(gone, true)).resolves.toBeDefined();
  });
});
