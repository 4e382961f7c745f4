import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { givenTo } from '../../../lib/cli/arguments.ts';
import { explainCommand } from '../../../lib/cli/commands/explain.ts';
import { openTables } from '../../../lib/cli/tables.ts';
import { targetOf } from '../../../lib/cli/where.ts';

let server: Server | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  server?.close();
});

/** A local run with an empty DynamoDB that records the access key of each request. */
async function localRun(): Promise<{ readonly url: string; readonly keys: Set<string> }> {
  const keys = new Set<string>();
  const listening = createServer((request, response) => {
    const [, key] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    if (key !== undefined) keys.add(key);
    const info = { dynamodb: url, tables: { orders: 'orders', ledger: 'ledger' }, region: 'ap-northeast-2' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/_local' ? info : { Items: [], Count: 0 }));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return { url, keys };
}

const THEIRS = { AWS_ACCESS_KEY_ID: 'theirs', AWS_SECRET_ACCESS_KEY: 'secret' };

async function keysUsed(env: (url: string) => Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { url, keys } = await localRun();
  const { ledger, orders } = await openTables({ kind: 'local', url }, env(url));
  await ledger.payments('ORD-1');
  await orders?.order('ORD-1');
  return [...keys];
}

describe('the tables of a local run', () => {
  it('the tables in a developer’s own DynamoDB are read with the access key of the environment', async () => {
    expect(await keysUsed((url) => ({ ...THEIRS, AWS_ENDPOINT_URL_DYNAMODB: url }))).toEqual(['theirs']);
  });

  it.each([
    ['a slash at the end', (url: string) => `${url}/`],
    ['spaces around it', (url: string) => ` ${url} `],
  ])('AWS_ENDPOINT_URL_DYNAMODB with %s names the same DynamoDB, as in npm start', async (_, written) => {
    const env = (url: string) => ({ ...THEIRS, AWS_ENDPOINT_URL_DYNAMODB: written(url) });
    expect(await keysUsed(env)).toEqual(['theirs']);
  });

  it('an access key meant for another endpoint is never sent to the local run', async () => {
    expect(await keysUsed(() => THEIRS)).toEqual(['local']);
    const elsewhere = { ...THEIRS, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' };
    expect(await keysUsed(() => elsewhere)).toEqual(['local']);
  });

  it('an incomplete access key of the environment is not used', async () => {
    const env = (url: string) => ({ AWS_ACCESS_KEY_ID: 'theirs', AWS_ENDPOINT_URL_DYNAMODB: url });
    expect(await keysUsed(env)).toEqual(['local']);
  });
});

describe('the shop’s own table of orders', () => {
  it('the orders table is read with the shop’s attribute names', async () => {
    const bodies: string[] = [];
    const listening = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => {
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.end(JSON.stringify({ Item: { order_no: { S: 'ORD-1' }, member_no: { N: '42' } } }));
      });
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    const given = ['ORD-1', '--table', 'ledger', '--region', 'ap-northeast-2', '--orders', 'shop-orders'];
    const env = { ...THEIRS, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    // In the form of the stack's output OrderAttributes.
    const attributes = ['--order-attributes', '{"merchantUid":"order_no","customerId":"member_no"}'];
    const target = targetOf(givenTo(explainCommand, [...given, ...attributes]), { env: {} });
    const { orders } = await openTables(target);
    expect(await orders?.order('ORD-1')).toMatchObject({ merchantUid: 'ORD-1', customerId: '42' });
    expect(JSON.parse(bodies.join(''))).toMatchObject({
      TableName: 'shop-orders',
      Key: { order_no: { S: 'ORD-1' } },
    });
  });
});
