import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../lib/stack/bundle.ts';
import { cancelEvent } from '../bench/events.ts';
import { environmentFor, startStubs, type Stubs } from '../bench/stubs.ts';
import type { DoorRun } from '../support/sending/door-process.ts';

const run = promisify(execFile);
const PROCESS = fileURLToPath(new URL('../support/sending/door-process.ts', import.meta.url));
/** A kept connection must not keep the process alive: the limit is far below a server's keep-alive time. */
const ENDS_WITHIN_MS = 60_000;

let stubs: Stubs;
let folder: string;

beforeAll(async () => {
  stubs = await startStubs();
  folder = await mkdtemp(path.join(tmpdir(), 'loaded-'));
});
afterAll(async () => {
  stubs.end();
  await rm(folder, { recursive: true });
});

const ORDER = 'bench-loaded';
const request = (method: string, route: string, body?: object) => ({
  ...cancelEvent(ORDER),
  routeKey: `${method} ${route}`,
  rawPath: route.replace('{merchant_uid}', ORDER),
  pathParameters: { merchant_uid: ORDER, refund_id: 'rf_0123456789abcdefghjkmnpq' },
  body: body === undefined ? undefined : JSON.stringify(body),
});

/** An event for each handler, and its calls to i'mport. */
const DOORS: readonly (readonly [door: string, event: object, asks: readonly string[]])[] = [
  ['cancel-payment', cancelEvent(ORDER), ['token', 'cancel']],
  ['get-payment', request('GET', '/payments/{merchant_uid}'), []],
  ['get-refund', request('GET', '/payments/{merchant_uid}/refunds/{refund_id}'), []],
  ['close-refund', request('POST', '/payments/{merchant_uid}/refunds/{refund_id}/close', {}), ['token']],
  ['list-refunds', request('GET', '/refunds'), []],
  ['get-reconciliation', request('GET', '/reconciliation'), []],
  ['acknowledge-finding', request('POST', '/reconciliation/findings/{id}/acknowledge', {}), []],
  [
    'receive-webhook',
    request('POST', '/webhooks/iamport', { imp_uid: `imp_${ORDER}`, merchant_uid: ORDER, status: 'paid' }),
    ['token', 'look'],
  ],
  ['resolve-refunds', { all: true }, ['token']],
  ['reconcile-payments', { window: 'recent' }, ['token', 'look']],
];

describe('a handler that has answered', () => {
  it.each(DOORS)('the process of %s ends by itself after its answer', async (door, event, asks) => {
    const file = path.join(folder, `${door}.mjs`);
    await writeFile(file, (await bundle(door)).code);
    await stubs.turn(0);
    const { stdout } = await run(process.execPath, [PROCESS, file, JSON.stringify(event)], {
      env: { ...environmentFor(stubs.url), WEBHOOK_SOURCE_ADDRESSES: '203.0.113.1' },
      timeout: ENDS_WITHIN_MS,
    });
    const { result } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as DoorRun;
    const names = (await stubs.turn(0)).map(({ name }) => name);
    expect(result).toBeDefined();
    expect(names).toEqual(expect.arrayContaining([...asks]));
  });
});
