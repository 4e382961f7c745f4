import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAssembly } from '../../lib/lab/local/template/assembly.ts';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { bundle } from '../../lib/stack/bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../lib/stack/functions.ts';
import { cancelEvent } from '../bench/events.ts';
import { environmentFor, startStubs, type Stubs } from '../bench/stubs.ts';
import { sharedAssembly } from '../support/local-run.ts';
import type { DoorRun } from './door-process.ts';

/**
 * The largest size of each function's code in kB: it is loaded at a cold start, while somebody waits. Of each, 350 are the SDK's two
 * clients as they are published, 25 are ky, 15 valibot; where people are answered, 25 are the PGs' rules with their texts in two
 * languages. The SDK's chain of credential providers is 135 of the 350; only a patched SDK would go without it.
 */
const BUDGETS_KB: Readonly<Record<FunctionName, number>> = {
  cancelPayment: 565,
  getPayment: 540,
  getRefund: 540,
  closeRefund: 550,
  listRefunds: 515,
  getReconciliation: 495,
  acknowledgeFinding: 530,
  receiveWebhook: 515,
  resolveRefunds: 495,
  reconcilePayments: 490,
  publishRefunds: 500,
  forwardEvents: 400,
};

const ORDER = 'bench-loaded';
const request = (method: string, route: string, body?: object) => ({
  ...cancelEvent(ORDER),
  routeKey: `${method} ${route}`,
  rawPath: route,
  pathParameters: {},
  body: body === undefined ? undefined : JSON.stringify(body),
});

/** An event for one function of each kind, and its calls to i'mport. */
const RUNS: readonly (readonly [door: FunctionName, event: object, asks: readonly string[]])[] = [
  ['cancelPayment', cancelEvent(ORDER), ['token', 'cancel']],
  ['listRefunds', request('GET', '/refunds'), []],
  [
    'receiveWebhook',
    request('POST', '/webhooks/iamport', { imp_uid: `imp_${ORDER}`, merchant_uid: ORDER, status: 'paid' }),
    ['token', 'look'],
  ],
  ['reconcilePayments', { window: 'recent' }, ['token', 'look']],
];

const PROCESS = fileURLToPath(new URL('./door-process.ts', import.meta.url));
/** A kept connection must not keep the process alive: the limit is far below a server's keep-alive time. */
const ENDS_WITHIN_MS = 60_000;

let stubs: Stubs;
/** The deployed code of each function. */
let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  stubs = await startStubs();
  const { functions } = planService(await readAssembly(await sharedAssembly()), 'ap-northeast-2');
  files = new Map(
    FUNCTION_NAMES.map((name) => {
      const deployed = functions.filter(({ logicalId }) =>
        logicalId.toLowerCase().includes(name.toLowerCase()),
      );
      expect(deployed, name).toHaveLength(1);
      return [name, path.join(deployed[0]?.directory ?? '', 'index.mjs')];
    }),
  );
});
afterAll(() => stubs.end());

describe('the bundle of a function', () => {
  it.each(Object.entries(BUDGETS_KB))('the bundle of %s is within %d kB', (name, budgetKb) => {
    const code = readFileSync(files.get(name) ?? '');
    expect(code.length / 1000).toBeLessThan(budgetKb);
    expect(code.toString()).not.toContain('sourceMappingURL');
  });

  it('the deployed bundle is byte for byte the one that refunds trace maps', async () => {
    const { code } = await bundle('cancel-payment');
    expect(Buffer.compare(readFileSync(files.get('cancelPayment') ?? ''), code)).toBe(0);
  });
});

describe('a function that has answered', () => {
  it.each(RUNS)('the process of %s ends by itself after its answer', async (door, event, asks) => {
    await stubs.turn(0);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [PROCESS, files.get(door) ?? '', JSON.stringify(event)],
      {
        env: { ...environmentFor(stubs.url), WEBHOOK_SOURCE_ADDRESSES: '203.0.113.1' },
        timeout: ENDS_WITHIN_MS,
      },
    );
    const { result } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as DoorRun;
    const names = (await stubs.turn(0)).map(({ name }) => name);
    expect(result).toBeDefined();
    expect(names).toEqual(expect.arrayContaining([...asks]));
  });
});
