import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
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
  readonly revision: number;
  readonly refund_id: string;
  readonly status: string;
  readonly amount: number;
  readonly executed_amount?: number;
  readonly undone?: true;
  readonly attributed_to?: string;
  readonly cancel_amount: number;
  readonly cancelable_amount: number;
}
interface Told {
  readonly type: string;
  readonly detail: Detail;
}

async function told(run: Client): Promise<readonly Told[]> {
  return (await run.call('GET', '/_local/events')).body['events'] as Told[];
}

async function typesOf(run: Client, order: string): Promise<readonly string[]> {
  const events = await told(run);
  return events
    .filter(({ detail }) => 'merchant_uid' in detail && detail.merchant_uid === order)
    .map((each) => each.type);
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

async function misfortune(run: Client, order: string, body: object): Promise<void> {
  await run.call('POST', '/_local/faults', { body: { on: 'cancel', imp_uid: `imp_${order}`, ...body } });
}

const SOON = { timeout: 20_000, interval: 100 };

describe('the events for the shop’s other programs', () => {
  let run: TestRun;
  let staff: string;
  beforeAll(async () => {
    run = await startTestRun({ quietPeriodSeconds: 1 });
    staff = await run.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
  });
  afterAll(async () => run.end());

  async function close(order: string, refundId: string, sub: string, verdict: string): Promise<number> {
    const headers = { authorization: await run.signIn({ sub, groups: ['refund-staff'] }) };
    const body = { verdict, evidence: `as the PG has told ${sub}` };
    const address = `/payments/${order}/refunds/${refundId}/close`;
    return (await run.call('POST', address, { body, headers })).status;
  }

  it('each refund that ends or changes, and each cancel made elsewhere, sends an event', async () => {
    await paid(run, 'EV-1');
    await refund(run, 'EV-1', 1_000);
    await misfortune(run, 'EV-1', { fault: 'refused' });
    await refund(run, 'EV-1', 2_000);
    await run.call('POST', '/_local/iamport/imp_EV-1/console-cancel', { body: { amount: 500 } });
    await run.call('POST', '/_local/reconcile', { body: {} });
    await expect
      .poll(async () => typesOf(run, 'EV-1'), SOON)
      .toEqual(['Refund Cancelled', 'Refund Rejected', 'Payment Cancelled Elsewhere']);
    const last = (await told(run)).at(-1)?.detail;
    expect(last).toMatchObject({ amount: 500, cancel_amount: 1_500, cancelable_amount: 8_500 });
  });

  it('a refund in drift sends one event, and another when two people have closed it', async () => {
    await paid(run, 'EV-2');
    await misfortune(run, 'EV-2', { fault: 'asynchronous', delay_ms: 86_400_000 });
    const refundId = await refund(run, 'EV-2', 3_000);
    const look = async () => {
      await run.call('POST', '/_local/resolve', { body: {} });
      return typesOf(run, 'EV-2');
    };
    await expect.poll(look, SOON).toEqual(['Refund In Drift']);
    await run.call('POST', '/_local/iamport/refuse', { body: { imp_uid: 'imp_EV-2' } });
    expect(await close('EV-2', refundId, 'staff-1', 'not_executed')).toBe(202);
    expect(await close('EV-2', refundId, 'staff-2', 'not_executed')).toBe(200);
    await expect
      .poll(async () => typesOf(run, 'EV-2'), SOON)
      .toEqual(['Refund In Drift', 'Refund Not Executed']);
  });

  it('a cancel that the PG has undone sends an event', async () => {
    await paid(run, 'EV-3');
    const refundId = await refund(run, 'EV-3', 4_000);
    await run.call('POST', '/_local/iamport/imp_EV-3/undo-cancel', { body: {} });
    const undo = async () => {
      await run.call('POST', '/webhooks/iamport', { body: { imp_uid: 'imp_EV-3' } });
      await close('EV-3', refundId, 'staff-1', 'undone');
      return close('EV-3', refundId, 'staff-2', 'undone');
    };
    await expect.poll(undo, SOON).toBe(200);
    await expect
      .poll(async () => typesOf(run, 'EV-3'), SOON)
      .toEqual(['Refund Cancelled', 'Refund Corrected']);
    expect((await told(run)).at(-1)?.detail).toMatchObject({ undone: true, cancelable_amount: 10_000 });
  });

  it('events delivered twice and in any order give the list of refunds and match i’mport’s history', async () => {
    const events = await told(run);
    const newest = new Map<string, Detail>();
    for (const { detail } of [...events, ...events].toReversed()) {
      const known = newest.get(detail.refund_id);
      if (known === undefined || known.revision < detail.revision) newest.set(detail.refund_id, detail);
    }
    const { body } = await run.call('GET', '/refunds?limit=100', { headers: { authorization: staff } });
    const listed = (body['refunds'] as Detail[]).filter(({ status }) => status !== 'unknown');
    const heard = [...newest.values()].filter((each) => each.attributed_to === undefined);
    expect(new Set(heard.map(({ refund_id: id }) => id))).toEqual(
      new Set(listed.map(({ refund_id: id }) => id)),
    );
    for (const row of listed) expect(newest.get(row.refund_id)).toMatchObject(row);
    const sum = heard
      .filter(({ status, undone }) => status === 'cancelled' && undone === undefined)
      .reduce((total, row) => total + (row.executed_amount ?? row.amount), 0);
    const payments = (await run.call('GET', '/_local/iamport')).body['payments'] as {
      cancel_amount: number;
    }[];
    expect(sum).toBe(payments.reduce((total, payment) => total + payment.cancel_amount, 0));
    expect(sum).toBe(1_500);
  });

  it('refunds events sends the events again with the same ids', async () => {
    const before = await told(run);
    const again = await type(`events --from 2026-01-01 --url ${run.url}`, {
      nowMs: () => Date.UTC(2026, 0, 2),
    });
    expect(again).toMatchObject({ status: 0, out: '0 events sent again.' });
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    const { status, out } = await type(`events --from ${today} --json --url ${run.url}`, { nowMs: Date.now });
    expect(status).toBe(0);
    const { sent } = JSON.parse(out) as { sent: number };
    const all = await told(run);
    expect(all).toHaveLength(before.length + sent);
    const ids = new Set(before.map(({ detail }) => detail.event_id));
    expect(all.slice(before.length).filter(({ detail }) => !ids.has(detail.event_id))).toEqual([]);
    // The last event of each refund, and of the cancel made elsewhere.
    expect(sent).toBe(new Set(before.map(({ detail }) => detail.refund_id)).size);
  });

  it('GET /_local/events returns the events as a stream', async () => {
    const response = await fetch(`${run.url}/_local/events`, { headers: { accept: 'text/event-stream' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    let text = '';
    const read = async () => {
      const { value } = await reader.read();
      text += Buffer.from(value ?? []).toString();
    };
    await read();
    expect(text).toMatch(/^data: \{"type":"Refund Cancelled"/);
    await paid(run, 'EV-4');
    await refund(run, 'EV-4', 700);
    while (!text.includes('EV-4')) await read();
    await reader.cancel();
    expect(text.endsWith('\n\n')).toBe(true);
  });
});

describe('kill -9 while events are sent', () => {
  it('kill -9 loses no event, neither before the bus nor before the shop has accepted it', async () => {
    const directory = await temporaryDirectory();
    const heard: string[] = [];
    let isOpen = false;
    const shop = createServer((request, response) => {
      request.resume();
      if (isOpen) heard.push(String(request.headers['webhook-id']));
      response.writeHead(isOpen ? 204 : 500).end();
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.listen(0, '127.0.0.1', resolve);
    await promise;
    const environment = { EVENTS_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/events` };
    const first = await spawnLocalRun(directory, environment);
    await paid(first, 'KILL-1');
    const early = await refund(first, 'KILL-1', 1_000);
    await expect.poll(async () => (await told(first)).length, SOON).toBe(1);
    // This run is killed right after the answer, before the stream is read.
    const late = await refund(first, 'KILL-1', 2_000);
    await first.stop('SIGKILL');
    isOpen = true;
    const second = await spawnLocalRun(directory, environment);
    const names = [early, late].map((refundId) => `${refundId}-1`);
    await expect.poll(() => [...new Set(heard)].toSorted(), SOON).toEqual(names.toSorted());
    const ids = (await told(second)).map(({ detail }) => detail.event_id);
    expect(new Set(ids)).toEqual(new Set(names));
    await second.stop('SIGTERM');
    shop.close();
    rmSync(directory, { recursive: true, force: true });
  });
});

describe('the sample consumers in DEPLOY.md', () => {
  const [onTheQueue = '', atTheAddress = ''] = blocksIn(
    readPaper('lib/stack/DEPLOY.md').split('\n## Events\n')[1] ?? '',
    'js',
  );
  const folder = path.join(ROOT, '.artifacts', `events-${process.pid}`);
  let child: ChildProcess | undefined;
  afterEach(() => {
    child?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function written(name: string, text: string): string {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  it('each sample consumer has at most twenty lines', () => {
    for (const program of [onTheQueue, atTheAddress])
      expect(program.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(20);
  });

  it('the HTTP consumer accepts signed events and refuses unsigned ones', async () => {
    const file = written('address.mjs', atTheAddress);
    const secret = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
    const port = 20_000 + (process.pid % 20_000);
    child = spawn(process.execPath, [file], {
      env: { ...process.env, PORT: String(port), EVENTS_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => lines.push(line));
    const eventsUrl = `http://127.0.0.1:${port}/`;
    const run = await startTestRun({ eventsUrl, eventsSecret: secret });
    await paid(run, 'HOOK-1');
    const refundId = await refund(run, 'HOOK-1', 1_000);
    await expect.poll(() => lines, SOON).toEqual([`Refund Cancelled ${refundId} 1000`]);
    const stranger = await fetch(eventsUrl, { method: 'POST', body: '{}' });
    expect(stranger.status).toBe(400);
    await run.end();
  });

  it('the queue consumer keeps the newest event of each refund in any order of delivery', async () => {
    const rows = new Map<string, Record<string, unknown>>();
    const table = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { Item: item, ExpressionAttributeValues: values } = JSON.parse(
          Buffer.concat(chunks).toString(),
        ) as {
          Item: Record<string, { S?: string; N?: string }>;
          ExpressionAttributeValues: Record<string, { N: string }>;
        };
        const known = rows.get(item['refund_id']?.S ?? '') as { revision?: { N: string } } | undefined;
        const isNewer = known === undefined || Number(known.revision?.N) < Number(values[':revision']?.N);
        if (isNewer) rows.set(item['refund_id']?.S ?? '', item);
        response.writeHead(isNewer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(isNewer ? {} : { __type: 'ConditionalCheckFailedException' }));
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    table.listen(0, '127.0.0.1', resolve);
    await promise;
    Object.assign(process.env, {
      TABLE: 'books',
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(table.address() as AddressInfo).port}`,
    });
    const { handler } = (await import(written('queue.mjs', onTheQueue))) as {
      handler: (event: object) => Promise<void>;
    };
    const event = (revision: number) => ({
      body: JSON.stringify({ detail: { refund_id: 'rf_1', revision, status: 'cancelled' } }),
    });
    await handler({ Records: [event(2), event(1), event(2), event(4), event(3)] });
    expect([...rows.values()]).toMatchObject([{ refund_id: { S: 'rf_1' }, revision: { N: '4' } }]);
    table.close();
    table.closeAllConnections();
  });
});
