import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { functionEnvironment, readable } from '../../../lib/lab/local/lambda/function-environment.ts';
import { type LambdaHost, startLambdaHost } from '../../../lib/lab/local/lambda/lambda-host.ts';
import type { FunctionPlan } from '../../../lib/lab/local/template/plan.ts';

const BUNDLE = `
import { existsSync } from 'node:fs';
let events = 0;
export const variables = async () => Object.keys(process.env).toSorted();
export const count = async () => ++events;
export const left = async (event, context) => context.getRemainingTimeInMillis() <= 20_000 && context.awsRequestId.length;
export const waits = async (file) => { while (!existsSync(file)) await new Promise((done) => setTimeout(done, 5)); return ++events; };
export const fails = async () => { throw new TypeError('not today'); };
export const exits = async () => process.exit(3);
export const hangs = async () => { for (;;); };
export const nothing = async () => undefined;
export const speaks = async () => { console.log('one\\ntwo'); console.error('three'); };
export const outside = async () => import(${JSON.stringify(import.meta.resolve('jose'))});
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
    logicalId: handler,
    name: 'Sample-Function',
    arn: 'arn',
    directory,
    handler: handler.includes('.') ? handler : `index.${handler}`,
    timeoutMs: 20_000,
    memoryMb: 256,
    environment: {},
    reservedConcurrency: undefined,
    ...fields,
  };
}

/** Starts functions. Running one gives its result, or else the error. */
function start(functions: readonly FunctionPlan[], maxEnvironments = 100) {
  lines = [];
  const environmentOf = () => ({ ONLY: 'this' });
  const log = (_: string, line: string) => lines.push(line);
  const { invoke } = (host = startLambdaHost({ functions, environmentOf, log, maxEnvironments }));
  return async (handler: string, event: unknown = {}): Promise<unknown> => {
    const result = await invoke(handler, JSON.stringify(event));
    if (result.kind === 'returned') return JSON.parse(result.payload);
    return result.kind === 'failed' ? `${result.errorType}: ${result.errorMessage}` : result.kind;
  };
}

const one = (handler: string, fields?: Partial<FunctionPlan>) => start([planOf(handler, fields)]);

describe('the inside of an execution environment', () => {
  it.for<readonly [string, unknown]>([
    // Only the function's own variables.
    ['variables', ['ONLY']],
    ['left', 36],
    ['nothing', null],
    [
      'outside',
      `Runtime.ImportModuleError: Cannot find package '${import.meta.resolve('jose')}' in the bundle`,
    ],
    ['fails', 'TypeError: not today'],
    ['exits', 'Runtime.ExitError: Runtime exited without providing a reason'],
    ['value', 'Runtime.HandlerNotFound: index.value is undefined or not exported'],
    ['nowhere.handler', "Runtime.ImportModuleError: Cannot find module 'nowhere'"],
    ['broken.handler', 'RangeError: cannot start'],
  ])('%s gives %j, also for the next event, and an error is logged', async ([handler, result]) => {
    const run = one(handler);
    expect([await run(handler), await run(handler)]).toEqual([result, result]);
    expect(String(result).includes(': ')).toBe(lines.some((line) => line.includes(String(result))));
  });

  it('a handler that blocks for ever is ended at its timeout', async () => {
    const run = one('hangs', { timeoutMs: 100 });
    expect(await run('hangs')).toBe('Sandbox.Timedout: Task timed out after 0.10 seconds');
  });

  it('a timeout ends the environment and its module state', async () => {
    const run = one('waits', { timeoutMs: 3_000 });
    const there = path.join(directory, 'index.mjs');
    expect([await run('waits', there), await run('waits', there)]).toEqual([1, 2]);
    expect(await run('waits', 'nowhere')).toContain('Timedout');
    expect(await run('waits', there)).toBe(1);
  });

  it('the output of a function is passed on line by line', async () => {
    await one('speaks')('speaks');
    await expect.poll(() => lines.toSorted()).toEqual(['one', 'three', 'two']);
  });
});

describe('the execution environments of a machine', () => {
  /** Begins a run that ends when the returned function is called. */
  function begin(run: ReturnType<typeof start>) {
    const file = path.join(directory, crypto.randomUUID());
    const running = run('waits', file);
    return async () => {
      await writeFile(file, '');
      return running;
    };
  }

  it('an event gets another environment while the first one is busy, and then the first that becomes free', async () => {
    const run = start([planOf('waits')], 2);
    const [first, second, third] = [begin(run), begin(run), begin(run)];
    expect(await first()).toBe(1);
    // One of them runs in the environment of the first.
    expect(new Set([await third(), await second()])).toEqual(new Set([1, 2]));
  });

  it('a machine with as many environments as it may have starts one for a function that has none, and no second one', async () => {
    const run = start([planOf('waits'), planOf('speaks')], 1);
    const [first, second] = [begin(run), begin(run)];
    expect(await run('speaks')).toBeNull();
    expect(await first()).toBe(1);
    expect(await second()).toBe(2);
  });

  it('events above the reserved concurrency are throttled at once', async () => {
    const run = one('waits', { reservedConcurrency: 1 });
    const end = begin(run);
    expect(await run('waits', '')).toBe('throttled');
    expect(await end()).toBe(1);
  });
});

it('a function gets the addresses of this machine only for variables that the template has', () => {
  const url = 'http://127.0.0.1:1';
  const services = { dynamoDbUrl: url, secretsManagerUrl: url, iamportUrl: url, eventBusUrl: url };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const overlay = { region: 'here', ...services, eventsUrl: url, credentials, quietPeriodSeconds: 2 };
  const environment = { IAMPORT_API_URL: 'https://api.iamport.kr', WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19' };
  const given = functionEnvironment(planOf('count', { environment }), overlay);
  expect(given).toMatchObject({ IAMPORT_API_URL: url, WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19,127.0.0.1' });
  for (const name of ['QUIET_PERIOD_SECONDS', 'EVENTS_URL']) expect(given).not.toHaveProperty(name);
});

it.for([
  [
    '{"level":"INFO","event":"cancelled","merchantUid":"order-1","amount":1000,"_aws":{"Metrics":[]}}',
    'Cancel INFO cancelled merchantUid=order-1 amount=1000',
  ],
  ['{ not JSON', 'Cancel { not JSON'],
  [
    String.raw`{"level":"INFO","message":"\u001b[2J\u202e\nx"}`,
    String.raw`Cancel INFO \u001b[2J\u202e\u000ax`,
  ],
] as const)(
  'the log line %s is shortened for the terminal, and no text in it acts on it',
  ([line, short]) => {
    expect(readable('Cancel', line)).toBe(short);
  },
);
