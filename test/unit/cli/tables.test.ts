import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import { givenTo } from '../../../lib/cli/arguments.ts';
import { explainCommand } from '../../../lib/cli/commands/explain.ts';
import { openTables } from '../../../lib/cli/tables.ts';
import { targetOf } from '../../../lib/cli/where.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { jsonServer } from '../../support/json-server.ts';
import { type } from './command-line.ts';

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

describe('a table that cannot be read', () => {
  it.each([
    [Object.assign(new Error('not authorized'), { name: 'AccessDenied' }), 'AccessDenied: not authorized'],
    [new AggregateError([refused]), 'ECONNREFUSED: refused'],
    [new Error(''), 'an error without a text'],
  ])(
    'the message for an unreadable table gives the first cause and the next step: %s',
    async (cause, said) => {
      const openRefunds = async () => {
        throw new StoreError('list open refunds', { isKnownNotApplied: true, cause });
      };
      const { status, out, err } = await type('list', {
        ledger: { ...new FakeTable().ledger(), openRefunds },
      });
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toContain(`The table cannot be read: ${said}\nCompare name and region`);
    },
  );
});

afterEach(() => void vi.unstubAllEnvs());

/** A local run with its DynamoDB, which gives every request this answer. */
async function localRun(answer: object) {
  const server = await jsonServer(({ path }) => {
    const info = { dynamodb: server.url, tables: { orders: 'orders', ledger: 'ledger' } };
    return [200, path === '/_local' ? info : answer];
  });
  return server;
}

const THEIRS = { AWS_ACCESS_KEY_ID: 'theirs', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('the tables of a local run', () => {
  it.each([
    ['of the environment for its own DynamoDB', 'theirs', THEIRS, (url: string) => ` ${url}/ `],
    ['of its own without a DynamoDB in the environment', 'local', THEIRS, () => undefined],
    ['of its own for another DynamoDB', 'local', THEIRS, () => 'http://127.0.0.1:1'],
    ['of its own when one part is missing', 'local', { AWS_ACCESS_KEY_ID: 'theirs' }, (url: string) => url],
  ] as const)('the tables are read with the access key %s', async (_what, key, env, endpoint) => {
    const { url, asked } = await localRun({ Items: [], Count: 0 });
    const AWS_ENDPOINT_URL_DYNAMODB = endpoint(url);
    const { ledger, orders } = await openTables(
      { kind: 'local', url },
      { ...env, AWS_ENDPOINT_URL_DYNAMODB },
    );
    await ledger.payments('ORD-1');
    await orders?.order('ORD-1');
    const keys = asked.flatMap(
      ({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? [],
    );
    expect(new Set(keys)).toEqual(new Set([key]));
  });
});

describe('the tables in AWS', () => {
  it('the orders table is read in the region of the aws command, with the attribute names of the output OrderAttributes', async () => {
    const { url, asked } = await localRun({ Item: { order_no: { S: 'ORD-1' }, member_no: { N: '42' } } });
    for (const [name, value] of Object.entries({
      ...THEIRS,
      AWS_ENDPOINT_URL_DYNAMODB: url,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
    }))
      vi.stubEnv(name, value);
    const given = ['ORD-1', '--table', 'ledger', '--orders', 'shop-orders'];
    const attributes = ['--order-attributes', '{"merchantUid":"order_no","customerId":"member_no"}'];
    const target = targetOf(givenTo(explainCommand, [...given, ...attributes]), { env: {} });
    const { orders } = await openTables(target);
    expect(await orders?.order('ORD-1')).toMatchObject({ merchantUid: 'ORD-1', customerId: '42' });
    expect(asked.at(-1)?.body).toMatchObject({
      TableName: 'shop-orders',
      Key: { order_no: { S: 'ORD-1' } },
    });
  });
});
