import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaHost, startLambdaHost } from '../../../lib/lab/local/lambda/lambda-host.ts';
import type { FunctionPlan } from '../../../lib/lab/local/template/plan.ts';
import { containing } from './containing.ts';

const BUNDLE = `
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
let events = 0;
export const environment = async () => process.env;
export const context = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });
export const count = async () => ++events;
export const slow = async (event) => { await new Promise((done) => setTimeout(done, event)); return ++events; };
export const meets = async (place) => {
  mkdirSync(place, { recursive: true });
  writeFileSync(place + '/' + randomUUID(), '');
  while (readdirSync(place).length < 2) await new Promise((done) => setTimeout(done, 5));
  return ++events;
};
export const fails = async () => { throw new TypeError('not today'); };
export const exits = async () => process.exit(3);
export const hangs = async () => { for (;;); };
export const nothing = async () => undefined;
export const speaks = async () => { console.log('one\\ntwo'); console.error('three'); };
export const outside = async () => import('jose');
export const inside = async () => typeof (await import('node:crypto')).randomUUID;
export const value = 7;
`;

let directory: string;
let host: LambdaHost | undefined;
let lines: string[];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'refunds-bundle-'));
  await writeFile(path.join(directory, 'index.mjs'), BUNDLE);
  await writeFile(path.join(directory, 'broken.mjs'), `throw new RangeError('cannot start');`);
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(() => host?.end());

function planOf(handler: string, fields: Partial<FunctionPlan> = {}): FunctionPlan {
  return {
    logicalId: 'Function',
    name: 'Sample-Function',
    arn: 'arn:aws:lambda:ap-northeast-2:000000000000:function:Sample-Function',
    directory,
    handler: handler.includes('.') ? handler : `index.${handler}`,
    timeoutMs: 2000,
    memoryMb: 256,
    environment: {},
    reservedConcurrency: undefined,
    ...fields,
  };
}

function startAll(
  functions: readonly FunctionPlan[],
  maxEnvironments = 100,
  patienceMs = 10_000,
): LambdaHost {
  lines = [];
  host = startLambdaHost({
    functions,
    environmentOf: () => ({ ONLY: 'this' }),
    log: (_, line) => lines.push(line),
    maxEnvironments,
    patienceMs,
  });
  return host;
}

function start(
  handler: string,
  fields: Partial<FunctionPlan> = {},
): (event?: unknown) => ReturnType<LambdaHost['invoke']> {
  const started = startAll([planOf(handler, fields)]);
  return (event = {}) => started.invoke('Function', JSON.stringify(event));
}

function returned(value: unknown): object {
  return { kind: 'returned', payload: JSON.stringify(value) };
}

describe('the inside of an execution environment', () => {
  it("an execution environment has only the function's variables and the trace id", async () => {
    const result = await start('environment')();
    const environment = JSON.parse(result.kind === 'returned' ? result.payload : '{}') as Record<
      string,
      string
    >;
    expect(Object.keys(environment).toSorted()).toEqual(['ONLY', '_X_AMZN_TRACE_ID']);
  });

  it('the context has the request id and the remaining time', async () => {
    const result = await start('context')();
    const context = JSON.parse(result.kind === 'returned' ? result.payload : '{}') as Record<string, unknown>;
    expect(context).toMatchObject({ functionName: 'Sample-Function', memoryLimitInMB: '256' });
    expect(context['awsRequestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(context['left']).toBeGreaterThan(1000);
    expect(context['left']).toBeLessThanOrEqual(2000);
  });

  it('the output of a function is passed on line by line', async () => {
    await start('speaks')();
    await expect.poll(() => lines.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it("a function can load Node's own modules but no package of this checkout", async () => {
    expect(await start('outside')()).toMatchObject({
      kind: 'failed',
      errorMessage: containing(`Cannot find package 'jose'`),
    });
    expect(await start('inside')()).toEqual(returned('function'));
  });

  it('a function that returns undefined returns null, as in Lambda', async () => {
    expect(await start('nothing')()).toEqual(returned(null));
  });
});

describe('execution environments', () => {
  it('the environment that was idle longest is ended to make room for another function', async () => {
    const names = ['One', 'Two', 'Three'];
    const { invoke } = startAll(
      names.map((logicalId) => planOf('count', { logicalId })),
      2,
    );
    const ran: unknown[] = [];
    for (const name of ['One', 'Two', 'Three', 'Two', 'One']) ran.push(await invoke(name, '{}'));
    // One was ended for Three, so it starts again.
    expect(ran).toEqual([1, 1, 1, 2, 1].map(returned));
  });

  it('events wait in order when all environments are busy, and none is lost', async () => {
    const { invoke } = startAll([planOf('count')], 2);
    const results = await Promise.all(Array.from({ length: 60 }, () => invoke('Function', '{}')));
    expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 60 }, () => 'returned'));
    const counts = results.map((result) => (result.kind === 'returned' ? Number(result.payload) : 0));
    // The counts of the two environments add up to 60.
    expect(counts.filter((count) => count === 1).length).toBeLessThanOrEqual(2);
  });

  it('an event that waits too long for an environment is throttled, and the next one is served', async () => {
    const { invoke } = startAll([planOf('slow', { timeoutMs: 9000 })], 1, 700);
    await invoke('Function', '1');
    const slow = invoke('Function', '2500');
    expect(await invoke('Function', '1')).toEqual({ kind: 'throttled' });
    await slow;
    expect(await invoke('Function', '1')).toEqual(returned(3));
  });

  it('the environments of one function do not block another function completely', async () => {
    const functions = [
      planOf('slow', { logicalId: 'Slow', timeoutMs: 9000 }),
      planOf('count', { logicalId: 'Count' }),
    ];
    const { invoke } = startAll(functions, 1);
    await invoke('Slow', '1');
    const slow = invoke('Slow', '1500');
    expect(await Promise.race([slow, invoke('Count', '{}')])).toEqual(returned(1));
    expect(await slow).toEqual(returned(2));
  });

  it('an environment handles one event at a time and keeps its module state', async () => {
    const invoke = start('count');
    expect([await invoke(), await invoke()]).toEqual([returned(1), returned(2)]);
  });

  it('an event gets another environment when the first one is busy', async () => {
    const invoke = start('meets', { timeoutMs: 10_000 });
    const place = path.join(directory, 'meeting');
    expect(await Promise.all([invoke(place), invoke(place)])).toEqual([returned(1), returned(1)]);
  });

  it('events above the reserved concurrency are throttled', async () => {
    const invoke = start('slow', { reservedConcurrency: 1 });
    await invoke(0);
    const first = invoke(300);
    expect(await invoke(0)).toEqual({ kind: 'throttled' });
    expect(await first).toEqual(returned(2));
  });
});

describe('failures of a function', () => {
  it.each([
    ['a handler that throws', 'fails', 'TypeError', 'not today'],
    ['a handler that ends the process', 'exits', 'Runtime.ExitError', 'Runtime exited'],
    ['a name that is not exported', 'missing', 'Runtime.HandlerNotFound', 'index.missing'],
    ['a name that is no function', 'value', 'Runtime.HandlerNotFound', 'index.value'],
    ['a file that is not there', 'nowhere.handler', 'Runtime.ImportModuleError', 'nowhere'],
    ['a module that throws while it loads', 'broken.handler', 'RangeError', 'cannot start'],
  ])(
    '%s gives a failed result, and the next event is served',
    async (_, handler, errorType, errorMessage) => {
      const invoke = start(handler);
      const failed = { kind: 'failed', errorType, errorMessage: containing(errorMessage) };
      expect(await invoke()).toMatchObject(failed);
      expect(lines.at(-1)).toContain(errorType);
      expect(await invoke()).toMatchObject(failed);
    },
  );

  it('a handler that blocks for ever is ended at its timeout', async () => {
    const result = await start('hangs', { timeoutMs: 100 })();
    expect(result).toMatchObject({ kind: 'failed', errorMessage: 'Task timed out after 0.10 seconds' });
  });

  it('a timeout ends the environment and its module state', async () => {
    const invoke = start('slow', { timeoutMs: 500 });
    expect(await invoke(0)).toEqual(returned(1));
    expect(await invoke(5000)).toMatchObject({ kind: 'failed' });
    expect(await invoke(0)).toEqual(returned(1));
  });
});
