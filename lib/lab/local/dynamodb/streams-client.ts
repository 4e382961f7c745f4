import { SignatureV4 } from '@smithy/signature-v4';
import type { DynamoDBRecord } from 'aws-lambda';
import { createHash, createHmac } from 'node:crypto';

import type { DynamoDbCredentials } from '../../../cli/dynamodb-credentials.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';

export interface StreamsEndpoint {
  /** Where DynamoDB is. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: DynamoDbCredentials;
}

export interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

export interface Page {
  readonly Records: readonly DynamoDBRecord[];
  /** undefined at the end of a closed shard. */
  readonly NextShardIterator?: string;
}

/** What the service answered instead of a result. */
export class StreamsError extends Error {
  override readonly name = 'StreamsError';
  /** As `TrimmedDataAccessException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export interface StreamsClient {
  readonly shards: (streamArn: string) => Promise<readonly Shard[]>;
  /** @param after a sequence number; undefined = from the oldest record that is kept */
  readonly iterator: (streamArn: string, shardId: string, after: string | undefined) => Promise<string>;
  readonly records: (iterator: string, limit: number) => Promise<Page>;
}

/** One that does not answer is asked again by the poller. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * The protocol of DynamoDB Streams as it stands on the wire: its records are those that Lambda gives a function, which the
 * SDK's client would turn into dates and bytes first.
 */
export function createStreamsClient(given: StreamsEndpoint): StreamsClient {
  const ask = asking(given);
  return {
    shards: async (StreamArn) => {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: unknown;
      do {
        const { StreamDescription: told } = await ask('DescribeStream', { StreamArn, ExclusiveStartShardId });
        const page = isObject(told) ? told : {};
        shards.push(...((page['Shards'] ?? []) as readonly Shard[]));
        ExclusiveStartShardId = page['LastEvaluatedShardId'];
      } while (ExclusiveStartShardId !== undefined);
      return shards;
    },
    iterator: async (StreamArn, ShardId, after) => {
      const from =
        after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after };
      return String((await ask('GetShardIterator', { StreamArn, ShardId, ...from }))['ShardIterator']);
    },
    records: async (ShardIterator, Limit) =>
      (await ask('GetRecords', { ShardIterator, Limit })) as unknown as Page,
  };
}

function asking({ endpoint, region, credentials }: StreamsEndpoint) {
  const url = streamsUrl(endpoint);
  const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256: Sha256 });
  return async (operation: string, input: JsonObject): Promise<JsonObject> => {
    const body = JSON.stringify(input);
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
      },
      body,
    });
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(url, { method: 'POST', headers, body, signal });
    return answerOf(await response.text(), response.ok);
  };
}

function answerOf(text: string, isOk: boolean): JsonObject {
  const answer = parseJson(text);
  if (!isObject(answer)) throw new StreamsError('Unreadable', text);
  if (isOk) return answer;
  const code = String(answer['__type']).replace(/^.*#/, '');
  throw new StreamsError(code, String(answer['message'] ?? answer['Message']));
}

/** AWS has the streams at an address of their own; elsewhere they are where the tables are. */
function streamsUrl(endpoint: string): URL {
  const url = new URL(endpoint);
  if (/^dynamodb\..*\.amazonaws\.com$/.test(url.hostname)) url.hostname = `streams.${url.hostname}`;
  return url;
}

/** Node's own, in the form the signer asks for. */
class Sha256 {
  readonly #hash: { update: (chunk: string | NodeJS.ArrayBufferView) => unknown; digest: () => Uint8Array };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', viewOf(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(viewOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function viewOf(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
