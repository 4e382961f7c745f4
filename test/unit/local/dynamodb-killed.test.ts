import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ensureTable } from '../../../lib/lab/local/dynamodb/tables.ts';
import { DONE, get, getOrder, putting, query, told, transact } from './dynamodb-asking.ts';
import { recordsOf } from './dynamodb-records.ts';
import {
  CREDENTIALS,
  type DynamoDb,
  LEDGER,
  ORDERS,
  REGION,
  startedDynamoDb,
  temporaryDirectory,
} from './dynamodb-world.ts';

const PROGRAM = fileURLToPath(new URL('dynamodb-to-kill.ts', import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const HEAD = { pk: 'order-1', sk: 'payment', in_flight: 'rf_1' };
const REFUND = {
  pk: 'order-1',
  sk: 'refund',
  place: '1',
  open_shard: 'open-1',
  due_ms: 1,
  refund_id: 'rf_1',
};
const ORDER = { merchant_uid: 'order-1', note: '환불'.repeat(2_000) };
const CLAIM = transact(
  [
    putting(HEAD, 'attribute_not_exists(in_flight)'),
    { Put: { TableName: ORDERS.name, Item: ORDER } },
    putting(REFUND, 'attribute_not_exists(pk)'),
  ],
  'claim-1',
);
const ALL = [{ Item: HEAD }, { Item: REFUND }, { Item: ORDER }, 1, 1, ['INSERT', 'INSERT']];
const NOTHING = [DONE, DONE, DONE, 0, 0, []];

/** What the claim has left: its items, their entries in two indexes, the records of the stream. */
async function leftBy({ documents, url }: DynamoDb): Promise<readonly unknown[]> {
  const entries = async (IndexName: string, key: string, value: string): Promise<number> => {
    const KeyConditionExpression = `${key} = :value`;
    const ExpressionAttributeValues = { ':value': value };
    const { Items } = await told(
      documents,
      query({ IndexName, KeyConditionExpression, ExpressionAttributeValues }),
    );
    return Array.isArray(Items) ? Items.length : -1;
  };
  return [
    await told(documents, get('order-1', 'payment')),
    await told(documents, get('order-1', 'refund')),
    await told(documents, getOrder('order-1')),
    await entries('open_refunds', 'open_shard', 'open-1'),
    await entries('by_place', 'pk', 'order-1'),
    (await recordsOf(url)).map(({ eventName }) => eventName),
  ];
}

/** Asks for the claim of a process that dies of it. @returns how long the database's log was before, and is since */
async function claimOfTheKilled(when: 'before' | 'after'): Promise<readonly [number, number]> {
  const child = spawn(process.execPath, [PROGRAM, directory, when], { stdio: ['ignore', 'pipe', 'inherit'] });
  const killed = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = Promise.withResolvers<string>();
  child.stdout.once('data', (said) => url.resolve(String(said).trim()));
  const settings = {
    endpoint: await url.promise,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  };
  const client = new DynamoDBClient(settings);
  for (const table of [ORDERS, LEDGER]) await ensureTable(client, table, 'delete it');
  // Once more, behind the moment in which a new table becomes active.
  await told(DynamoDBDocumentClient.from(client), get('order-1'));
  const { size: before } = await stat(await logIn(directory));
  // The SDK's word for a connection that is reset.
  expect(await told(DynamoDBDocumentClient.from(client), CLAIM)).toEqual({ error: 'TimeoutError' });
  client.destroy();
  expect((await killed)[1]).toBe('SIGKILL');
  const { size: since } = await stat(await logIn(directory));
  return [before, since];
}

/** Where LevelDB writes first. */
async function logIn(data: string): Promise<string> {
  const logs = (await readdir(data)).filter((name) => name.endsWith('.log'));
  return path.join(data, logs.toSorted().at(-1) ?? '');
}

describe('a kill -9 in the middle of a transaction', () => {
  it('before it is written: nothing of it is there, and with its token it is applied', async () => {
    const [before, since] = await claimOfTheKilled('before');
    expect(since).toBe(before);
    const dynamodb = await startedDynamoDb({ directory });
    expect(await leftBy(dynamodb)).toEqual(NOTHING);
    expect(await told(dynamodb.documents, CLAIM)).toEqual(DONE);
    expect(await leftBy(dynamodb)).toEqual(ALL);
    await dynamodb.end();
  });

  it('after it is written, before anybody is told: all of it is there, and with its token it is not applied again', async () => {
    await claimOfTheKilled('after');
    const dynamodb = await startedDynamoDb({ directory });
    expect(await leftBy(dynamodb)).toEqual(ALL);
    expect(await told(dynamodb.documents, CLAIM)).toEqual(DONE);
    expect(await leftBy(dynamodb)).toEqual(ALL);
    await dynamodb.end();
  });

  it('while it is written: wherever the writing stopped, between two items too, nothing of it is there', async () => {
    const [before, since] = await claimOfTheKilled('after');
    const bytes = since - before;
    expect(bytes).toBeGreaterThan(ORDER.note.length);
    const cuts = [
      1,
      7,
      8,
      ...Array.from({ length: 12 }, (_each, index) => Math.floor((bytes * (index + 1)) / 13)),
    ];
    const left = [];
    for (const cut of [...cuts, bytes - 1]) {
      const copy = path.join(directory, `cut-${cut}`);
      await mkdir(copy);
      for (const { name } of (await readdir(directory, { withFileTypes: true })).filter((each) =>
        each.isFile(),
      )) {
        await cp(path.join(directory, name), path.join(copy, name));
      }
      await truncate(await logIn(copy), before + cut);
      const dynamodb = await startedDynamoDb({ directory: copy });
      left.push([cut, await leftBy(dynamodb)]);
      await dynamodb.end();
    }
    expect(left).toEqual([...cuts, bytes - 1].map((cut) => [cut, NOTHING]));
  });
});

describe('a kill -9 between the making of a table and its being ready', () => {
  it('leaves a table that the next start finishes', async () => {
    const { createStore, tableOf } = await import('../../../lib/lab/local/dynamodb/dynalite.ts');
    const first = await startedDynamoDb({ directory });
    await first.end();
    const store = createStore(directory, REGION);
    const key = `table~${LEDGER.name}`;
    const table = await tableOf(store, LEDGER.name);
    await store.db.batch([{ type: 'put', key, value: { ...table, TableStatus: 'CREATING' } }]);
    await store.db.close();
    const dynamodb = await startedDynamoDb({ directory });
    expect(await told(dynamodb.documents, transact([putting(HEAD)]))).toEqual(DONE);
    await dynamodb.end();
  });
});
