import type { DynamoDBRecord } from 'aws-lambda';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStreamPoller } from '../../lib/lab/local/dynamodb/stream-poller.ts';
import { CASES } from '../unit/local/dynamodb-cases.ts';
import {
  adding,
  type Ask,
  batch,
  type DynamoDb,
  LEDGER,
  ORDERS,
  put,
  putting,
  query,
  recordsOf,
  remove,
  startedDynamoDb,
  streamArnAt,
  temporaryDirectory,
  answerTo,
  transact,
  update,
} from '../unit/local/dynamodb-support.ts';
import { CREDENTIALS, type Judge, JUDGES, REGION, startJudge } from './support/servers.ts';

/** Writes of every kind, some without a change. moto would record an update that creates an item as two. */
const CHANGES: readonly Ask[] = [
  put({ pk: 'changes', sk: 'a', amount: 1 }),
  put({ pk: 'changes', sk: 'a', amount: 2 }),
  put({ pk: 'changes', sk: 'a' }, { ConditionExpression: 'attribute_not_exists(pk)' }),
  remove({ Key: { pk: 'changes', sk: 'none' } }),
  batch([{ PutRequest: { Item: { pk: 'changes', sk: 'b' } } }]),
  transact([adding('changes'), putting({ pk: 'changes', sk: 'c' })]),
  transact([adding('changes'), putting({ pk: 'changes', sk: 'c' }, 'attribute_not_exists(pk)')]),
  update({
    Key: { pk: 'changes', sk: 'b' },
    UpdateExpression: 'SET amount = :a',
    ExpressionAttributeValues: { ':a': 3 },
  }),
  batch([{ DeleteRequest: { Key: { pk: 'changes', sk: 'b' } } }]),
  remove({ Key: { pk: 'changes', sk: 'a' } }),
];

async function changesAt(url: string): Promise<readonly unknown[]> {
  return (await recordsOf(url))
    .filter(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S === 'changes')
    .map(({ eventName, dynamodb: { Keys, OldImage, NewImage } = {} }) => ({
      eventName,
      Keys,
      OldImage,
      NewImage,
    }));
}

/** Possible sort keys of a ledger, including values whose order as numbers differs from their order as text. */
const TEXTS = ['a', 'ab', 'a#1', 'a$', 'Z', '환', '환불', '~', 'ÿ', '\u{1F600}'];
const NUMBERS = [-20, -1.5, 0, 0.25, 9, 10, 99, 1e15];
const SORTED: readonly (readonly [string, { readonly IndexName?: string }, readonly (string | number)[]])[] =
  [
    ['sk', {}, TEXTS],
    ['place', { IndexName: 'by_place' }, TEXTS],
    ['due_ms', { IndexName: 'open_refunds' }, NUMBERS],
  ];

/** All conditions on a sort key, forwards and backwards, in pages and complete. */
function queries(): readonly Ask[] {
  return SORTED.flatMap(([sortKey, index, values]) => {
    const partition = sortKey === 'due_ms' ? 'open_shard' : 'pk';
    const asked = (condition: string, more: Readonly<Record<string, unknown>>): Ask[] =>
      [true, false].flatMap((ScanIndexForward) =>
        [100, 3].map((Limit) =>
          pages({
            ...index,
            ScanIndexForward,
            Limit,
            KeyConditionExpression: `${partition} = :partition${condition}`,
            ExpressionAttributeValues: { ':partition': 'queried', ...more },
          }),
        ),
      );
    const [first, last] = [values[2], values[6]];
    return [
      ...asked('', {}),
      ...asked(` AND ${sortKey} BETWEEN :first AND :last`, { ':first': first, ':last': last }),
      ...['<', '<=', '=', '>=', '>'].flatMap((sign) =>
        asked(` AND ${sortKey} ${sign} :value`, { ':value': first }),
      ),
      ...(typeof first === 'string' ? asked(` AND begins_with(${sortKey}, :value)`, { ':value': 'a' }) : []),
    ];
  });
}

/** All pages with their items. */
function pages(input: Parameters<typeof query>[0]): Ask {
  return async (documents) => {
    const all: unknown[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await query({ ...input, ...(ExclusiveStartKey && { ExclusiveStartKey }) })(documents);
      const { Items, LastEvaluatedKey } = page as QueryCommandOutput;
      // A full last page may or may not be followed by an empty page.
      if (Items?.length) all.push(Items.map(({ pk, sk }) => [pk, sk] as unknown));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return { Items: all };
  };
}

describe.each(JUDGES)('%s and the embedded DynamoDB', (name) => {
  let judge: Judge;
  let embedded: DynamoDb;
  beforeAll(async () => {
    judge = await startJudge(name);
    for (const table of [ORDERS, LEDGER]) await judge.createTable(table);
    embedded = await startedDynamoDb();
  });
  afterAll(async () => {
    await embedded.end();
    await judge.end();
  });

  const cases = CASES.map((each, index) => ({ ...each, pk: `case-${index}` }));

  it.each(cases.filter(({ unlike }) => unlike?.[name] === undefined))('$rule', async ({ steps, pk }) => {
    for (const [ask, answer] of steps(pk)) expect(await answerTo(judge.documents, ask)).toEqual(answer);
  });

  it.each(cases.filter(({ unlike }) => unlike?.[name] !== undefined))(
    'still answers otherwise: $rule',
    async ({ steps, pk }) => {
      const asked = steps(pk);
      const answers = [];
      for (const [ask] of asked) answers.push(await answerTo(judge.documents, ask));
      expect(answers).not.toEqual(asked.map(([, answer]) => answer));
    },
  );

  it('both find the same items for every condition on a sort key, in the same order and pages', async () => {
    const items = TEXTS.map((sk, index) => ({
      pk: 'queried',
      sk,
      place: TEXTS.at(-1 - index),
      ...(NUMBERS[index] !== undefined && { open_shard: 'queried', due_ms: NUMBERS[index] }),
    }));
    for (const { documents } of [judge, embedded]) {
      for (const item of items) expect(await answerTo(documents, put(item))).toEqual({});
    }
    const asked = queries();
    const [theirs, ours] = [[], []] as unknown[][];
    for (const ask of asked) {
      theirs?.push(await answerTo(judge.documents, ask));
      ours?.push(await answerTo(embedded.documents, ask));
    }
    expect(ours?.filter((answer) => JSON.stringify(answer).includes('queried')).length).toBeGreaterThan(60);
    expect(ours).toEqual(theirs);
  });

  it('both record the same changes in their streams', async () => {
    for (const ask of CHANGES) {
      expect(await answerTo(judge.documents, ask)).toEqual(await answerTo(embedded.documents, ask));
    }
    const changes = await changesAt(embedded.url);
    expect(changes).toHaveLength(8);
    expect(await changesAt(judge.url)).toEqual(changes);
  });

  it('the stream poller reads both', async () => {
    const directory = await temporaryDirectory();
    const records: DynamoDBRecord[] = [];
    const faults: unknown[] = [];
    const poller = startStreamPoller({
      endpoint: judge.url,
      region: REGION,
      credentials: CREDENTIALS,
      streamArn: await streamArnAt(judge.url),
      positionFile: path.join(directory, 'position.json'),
      onRecords: async (given) => void records.push(...given),
      onFault: (error) => faults.push(error),
      batchSize: 7,
    });
    const all = await recordsOf(judge.url);
    expect(all.length).toBeGreaterThan(10);
    await expect.poll(() => records.length, { timeout: 60_000 }).toBe(all.length);
    await poller.end();
    expect(records.map(({ dynamodb }) => dynamodb)).toEqual(all.map(({ dynamodb }) => dynamodb));
    expect(faults).toEqual([]);
    await rm(directory, { recursive: true });
  });
});
