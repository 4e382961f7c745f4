import type { IncomingHttpHeaders } from 'node:http';

/** The parts of the SDK that the doors use. */
export type Sdk = typeof import('./sdk-parts.ts');

export const SETTINGS = {
  region: 'ap-northeast-2',
  credentials: { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' },
};

const EVERYTHING = {
  n: 10_000,
  f: 1.5,
  t: '"\\ \u0001\n€😀',
  l: [true, null, 0],
  b: new Uint8Array([1, 2, 3]),
};

/** One call of each kind that the doors make, to an address. */
export const CALLS = {
  read: async (sdk: Sdk, endpoint: string) =>
    documents(sdk, endpoint).send(
      new sdk.GetCommand({ TableName: 't', Key: { k: '환불' }, ConsistentRead: true }),
    ),
  query: async (sdk: Sdk, endpoint: string) =>
    documents(sdk, endpoint).send(
      new sdk.QueryCommand({
        TableName: 't',
        KeyConditionExpression: '#k = :k',
        ExpressionAttributeNames: { '#k': 'k' },
        ExpressionAttributeValues: { ':k': 'ORD-1' },
        Limit: 5,
      }),
    ),
  scan: async (sdk: Sdk, endpoint: string) =>
    documents(sdk, endpoint).send(new sdk.ScanCommand({ TableName: 't', Segment: 0, TotalSegments: 2 })),
  write: async (sdk: Sdk, endpoint: string) =>
    documents(sdk, endpoint).send(
      new sdk.UpdateCommand({
        TableName: 't',
        Key: { k: 'ORD-1' },
        UpdateExpression: 'SET a = :a',
        ConditionExpression: 'attribute_not_exists(b)',
        ExpressionAttributeValues: { ':a': EVERYTHING },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  secret: async (sdk: Sdk, endpoint: string) =>
    new sdk.SecretsManagerClient({ ...SETTINGS, endpoint, maxAttempts: 2 }).send(
      new sdk.GetSecretValueCommand({ SecretId: 's' }),
    ),
} as const;

function documents(sdk: Sdk, endpoint: string) {
  return sdk.DynamoDBDocumentClient.from(new sdk.DynamoDBClient({ ...SETTINGS, endpoint, maxAttempts: 2 }));
}

export interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request without what differs from one to the next, whoever makes it. */
export function comparable({ headers, body }: Heard): object {
  const { 'amz-sdk-invocation-id': _, 'x-amz-date': __, authorization, host: ___, ...rest } = headers;
  return { ...rest, authorization: authorization?.replace(/Signature=.*/, ''), body };
}

/** What a caller can see of an error; not the random wait before a second try. */
export function visible(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const own = Object.fromEntries(
    Object.getOwnPropertyNames(error)
      .filter((name) => name !== 'stack' && name !== '$response')
      .map((name) => [name, (error as unknown as Record<string, unknown>)[name]]),
  );
  const { totalRetryDelay: _, ...metadata } = (own['$metadata'] ?? {}) as Record<string, unknown>;
  return { ...own, name: error.name, message: error.message, $metadata: metadata };
}
