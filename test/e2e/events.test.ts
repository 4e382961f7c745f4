import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  documentsOf,
  spawnLocalRun,
  startTestRun,
  temporaryDirectory,
  type Client,
  type TestRun,
} from '../support/local-run.ts';
import { blocksIn, readPaper, ROOT } from '../support/papers.ts';
import { type } from '../unit/cli/command-line.ts';

interface Detail {
  readonly event_id: string;
  readonly refund_id: string;
  readonly amount: number;
}
interface SentEvent {
  readonly type: string;
  readonly detail: Detail;
}

async function sentEvents(run: Client): Promise<readonly SentEvent[]> {
  return (await run.call('GET', '/_local/events')).body['events'] as SentEvent[];
}

async function paid(run: Client, order: string): Promise<void> {
  const body = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 10_000, customer_id: 'c' };
  expect((await run.call('POST', '/_local/payments', { body })).status).toBe(201);
}

async function refund(run: Client, order: string, amount: number): Promise<string> {
  const headers = { authorization: await run.signIn({ sub: 'c' }) };
  const body = { merchant_uid: order, cancel_request_amount: amount };
  const answer = await run.call('POST', '/payments/cancel', { body, headers });
  return (answer.body['refund'] as { refund_id: string }).refund_id;
}

const SOON = { timeout: 60_000, interval: 100 };
const folder = path.join(ROOT, '.artifacts', `events-${process.pid}`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The sample consumers in DEPLOY.md as files: of a queue, and at an address. */
const SAMPLES = blocksIn(readPaper('lib/stack/DEPLOY.md').split('\n## Events\n')[1] ?? '', 'js');
const [queueSample = '', addressSample = ''] = SAMPLES.map((text, index) => {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${index}.mjs`);
  writeFileSync(file, text);
  return file;
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe('the events for the shop’s other programs', () => {
  const heard: string[] = [];
  let run: TestRun;
  let address: string;
  beforeAll(async () => {
    const port = await freePort();
    const EVENTS_SECRET = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
    const consumer = spawn(process.execPath, [addressSample], {
      env: { ...process.env, PORT: String(port), EVENTS_SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(consumer.stdout).on('line', (line) => heard.push(line));
    address = `http://127.0.0.1:${port}`;
    run = await startTestRun({ eventsUrl: address, eventsSecret: EVENTS_SECRET });
    return async () => {
      await run.end();
      consumer.kill();
    };
  });

  it('each refund that ends and each cancel made elsewhere sends an event that equals its row in the list', async () => {
    await paid(run, 'EV-1');
    await refund(run, 'EV-1', 1_000);
    const fault = { on: 'cancel', fault: 'refused', imp_uid: 'imp_EV-1' };
    await run.call('POST', '/_local/faults', { body: fault });
    await refund(run, 'EV-1', 2_000);
    await run.call('POST', '/_local/iamport/imp_EV-1/console-cancel', { body: { amount: 500 } });
    await run.call('POST', '/_local/reconcile', { body: {} });
    const types = ['Refund Cancelled', 'Refund Rejected', 'Payment Cancelled Elsewhere'];
    await expect.poll(async () => (await sentEvents(run)).map(({ type: each }) => each), SOON).toEqual(types);
    const events = await sentEvents(run);
    const elsewhere = { amount: 500, cancel_amount: 1_500, cancelable_amount: 8_500 };
    expect(events.at(-1)?.detail).toMatchObject(elsewhere);
    const authorization = await run.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
    const { body } = await run.call('GET', '/refunds', { headers: { authorization } });
    const rows = body['refunds'] as Detail[];
    expect(rows).toHaveLength(3);
    for (const row of rows)
      expect(events.find(({ detail }) => detail.refund_id === row.refund_id)?.detail).toMatchObject(row);
    const lines = events.map((each) => `${each.type} ${each.detail.refund_id} ${each.detail.amount}`);
    await expect.poll(() => heard.toSorted(), SOON).toEqual(lines.toSorted());
  });

  it('the HTTP consumer in DEPLOY.md refuses an unsigned event', async () => {
    expect((await fetch(address, { method: 'POST', body: '{}' })).status).toBe(400);
  });

  it('refunds events sends the events again with the same ids', async () => {
    const before = await sentEvents(run);
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    const { status, out } = await type(`events --from ${today} --json --url ${run.url}`, { nowMs: Date.now });
    expect({ status, ...(JSON.parse(out) as object) }).toMatchObject({ status: 0, sent: before.length });
    const idsOf = (events: readonly SentEvent[]) => events.map(({ detail }) => detail.event_id).toSorted();
    expect(idsOf((await sentEvents(run)).slice(before.length))).toEqual(idsOf(before));
  });

  it('GET /_local/events returns the events as a stream', async () => {
    const response = await fetch(`${run.url}/_local/events`, { headers: { accept: 'text/event-stream' } });
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    let text = '';
    const read = async () => {
      text += Buffer.from((await reader.read()).value ?? []).toString();
    };
    await read();
    expect(text).toMatch(/^data: \{"type":"Refund Cancelled"/);
    await paid(run, 'EV-2');
    await refund(run, 'EV-2', 700);
    while (!text.includes('EV-2')) await read();
    await reader.cancel();
    expect(text.endsWith('\n\n')).toBe(true);
  });

  it('the queue consumer in DEPLOY.md keeps the newest event of each refund in any order of delivery', async () => {
    const { body } = await run.call('GET', '/_local');
    const variables = {
      TABLE: 'books',
      AWS_REGION: body['region'],
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: body['dynamodb'],
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, String(value));
    onTestFinished(() => void vi.unstubAllEnvs());
    const client = await documentsOf(run);
    const [AttributeName, TableName] = ['refund_id', 'books'];
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName, AttributeType: 'S' }],
        KeySchema: [{ AttributeName, KeyType: 'HASH' }],
      }),
    );
    const { handler } = (await import(queueSample)) as { handler: (event: object) => Promise<void> };
    const event = (revision: number) => ({
      body: JSON.stringify({ detail: { refund_id: 'rf_1', revision, status: 'cancelled' } }),
    });
    await handler({ Records: [event(2), event(1), event(2), event(4), event(3)] });
    const { Items: rows } = await client.send(new ScanCommand({ TableName }));
    client.destroy();
    expect(rows).toMatchObject([{ refund_id: 'rf_1', revision: 4 }]);
  });
});

describe('kill -9 while events are sent', () => {
  it('kill -9 loses no event, neither before the bus nor before the shop has accepted it', async () => {
    const directory = await temporaryDirectory();
    const received: string[] = [];
    let isOpen = false;
    const shop = createServer((request, response) => {
      request.resume();
      if (isOpen) received.push(String(request.headers['webhook-id']));
      response.writeHead(isOpen ? 204 : 500).end();
    }).listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const environment = { EVENTS_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/events` };
    const first = await spawnLocalRun(directory, environment);
    await paid(first, 'KILL-1');
    const early = await refund(first, 'KILL-1', 1_000);
    await expect.poll(async () => (await sentEvents(first)).length, SOON).toBe(1);
    // This run is killed right after the answer, before the stream is read.
    const late = await refund(first, 'KILL-1', 2_000);
    await first.stop('SIGKILL');
    isOpen = true;
    const second = await spawnLocalRun(directory, environment);
    const names = [early, late].map((refundId) => `${refundId}-1`);
    await expect.poll(() => [...new Set(received)].toSorted(), SOON).toEqual(names.toSorted());
    const ids = (await sentEvents(second)).map(({ detail }) => detail.event_id);
    expect(new Set(ids)).toEqual(new Set(names));
    await second.stop('SIGTERM');
    shop.close();
    shop.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });
});
