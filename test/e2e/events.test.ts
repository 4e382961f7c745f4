import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  readonly refund_id: string;
  readonly merchant_uid: string;
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

/** A server on a free port. */
async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly end: () => void }> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const SOON = { timeout: 60_000, interval: 100 };

describe('the events for the shop’s other programs', () => {
  let run: TestRun;
  beforeAll(async () => {
    run = await startTestRun();
  });
  afterAll(async () => run.end());

  it('each refund that ends and each cancel made elsewhere sends an event that equals its row in the list', async () => {
    await paid(run, 'EV-1');
    await refund(run, 'EV-1', 1_000);
    await run.call('POST', '/_local/faults', {
      body: { on: 'cancel', fault: 'refused', imp_uid: 'imp_EV-1' },
    });
    await refund(run, 'EV-1', 2_000);
    await run.call('POST', '/_local/iamport/imp_EV-1/console-cancel', { body: { amount: 500 } });
    await run.call('POST', '/_local/reconcile', { body: {} });
    const types = ['Refund Cancelled', 'Refund Rejected', 'Payment Cancelled Elsewhere'];
    await expect.poll(async () => (await sentEvents(run)).map(({ type: each }) => each), SOON).toEqual(types);
    const events = await sentEvents(run);
    expect(events.at(-1)?.detail).toMatchObject({
      amount: 500,
      cancel_amount: 1_500,
      cancelable_amount: 8_500,
    });
    const authorization = await run.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
    const { body } = await run.call('GET', '/refunds', { headers: { authorization } });
    const rows = body['refunds'] as Detail[];
    expect(rows).toHaveLength(3);
    for (const row of rows)
      expect(events.find(({ detail }) => detail.refund_id === row.refund_id)?.detail).toMatchObject(row);
  });

  it('refunds events sends the events again with the same ids', async () => {
    const before = await sentEvents(run);
    const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
    const { status, out } = await type(`events --from ${today} --json --url ${run.url}`, { nowMs: Date.now });
    expect({ status, ...(JSON.parse(out) as object) }).toMatchObject({ status: 0, sent: before.length });
    const idsOf = (events: readonly SentEvent[]) => events.map(({ detail }) => detail.event_id).toSorted();
    const again = (await sentEvents(run)).slice(before.length);
    expect(idsOf(again)).toEqual(idsOf(before));
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
});

describe('kill -9 while events are sent', () => {
  it('kill -9 loses no event, neither before the bus nor before the shop has accepted it', async () => {
    const directory = await temporaryDirectory();
    const received: string[] = [];
    let isOpen = false;
    const shop = await serve((request, response) => {
      request.resume();
      if (isOpen) received.push(String(request.headers['webhook-id']));
      response.writeHead(isOpen ? 204 : 500).end();
    });
    const environment = { EVENTS_URL: `${shop.url}/events` };
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
    shop.end();
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
  afterAll(() => {
    child?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function written(name: string, text: string): string {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  it('the HTTP consumer accepts signed events and refuses unsigned ones', async () => {
    const file = written('address.mjs', atTheAddress);
    const secret = `whsec_${Buffer.from('a secret of this test, long enough').toString('base64')}`;
    // A port that was free a moment ago.
    const { url, end } = await serve(() => undefined);
    end();
    child = spawn(process.execPath, [file], {
      env: { ...process.env, PORT: new URL(url).port, EVENTS_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => lines.push(line));
    const run = await startTestRun({ eventsUrl: url, eventsSecret: secret });
    await paid(run, 'HOOK-1');
    const refundId = await refund(run, 'HOOK-1', 1_000);
    await expect.poll(() => lines, SOON).toEqual([`Refund Cancelled ${refundId} 1000`]);
    const stranger = await fetch(url, { method: 'POST', body: '{}' });
    expect(stranger.status).toBe(400);
    await run.end();
  });

  it('the queue consumer keeps the newest event of each refund in any order of delivery', async () => {
    const rows = new Map<string, Record<string, unknown>>();
    const table = await serve((request, response) => {
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
    Object.assign(process.env, {
      TABLE: 'books',
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
    });
    const { handler } = (await import(written('queue.mjs', onTheQueue))) as {
      handler: (event: object) => Promise<void>;
    };
    const event = (revision: number) => ({
      body: JSON.stringify({ detail: { refund_id: 'rf_1', revision, status: 'cancelled' } }),
    });
    await handler({ Records: [event(2), event(1), event(2), event(4), event(3)] });
    expect([...rows.values()]).toMatchObject([{ refund_id: { S: 'rf_1' }, revision: { N: '4' } }]);
    table.end();
  });
});
