import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpHandler } from '../../../functions/http/http-handler.ts';
import type { ReconcileResult } from '../../../functions/protocol/reconcile.ts';
import {
  EMPTY_REPORT,
  ReconciliationWindowError,
  type ReconciliationReport,
  type Window,
} from '../../../functions/protocol/reconciliation-notes.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { ConfigurationError } from '../../../functions/runtime/config.ts';
import { METRICS, type MetricName } from '../../../functions/runtime/metrics.ts';
import {
  LOGGED,
  measuresOf,
  reconciliationMeasures,
  reportEvent,
  resolverMeasures,
  writeLine,
  type PlainEvent,
} from '../../../functions/runtime/report.ts';
import { builtOnce, scheduledHandler } from '../../../functions/runtime/start.ts';
import { eventOf, parsed } from '../http/samples.ts';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 28_000 } as unknown as Context;

/** The lines logged while the work runs. */
async function lines(run: () => unknown): Promise<readonly Record<string, unknown>[]> {
  const written: string[] = [];
  const spy = vi
    .spyOn(process.stdout, 'write')
    .mockImplementation((chunk) => written.push(String(chunk)) > 0);
  try {
    await run();
  } finally {
    spy.mockRestore();
  }
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function directives(line: Record<string, unknown> = {}) {
  const { CloudWatchMetrics } = line['_aws'] as { CloudWatchMetrics: Record<string, unknown>[] };
  return CloudWatchMetrics;
}

afterEach(() => void vi.unstubAllEnvs());

const nothing = () => undefined;

describe('an unexpected error', () => {
  it('an unexpected error is a neutral 500 to the caller, and a metric of its function and version', async () => {
    vi.stubEnv('SERVICE_NAME', 'shop');
    vi.stubEnv('AWS_LAMBDA_FUNCTION_VERSION', '7');
    const handler = httpHandler('getPayment', async () => Promise.reject(new RangeError('SECRET-MARK')));
    let answer;
    const [line] = await lines(async () => {
      answer = parsed(await handler(eventOf({ headers: { 'accept-language': 'ko' } }), context));
    });
    expect(answer).toMatchObject({
      status: 500,
      headers: { 'content-language': 'ko' },
      body: { code: 'INTERNAL_ERROR' },
    });
    const dimensions = { Service: 'shop', Function: 'getPayment', Version: '7' };
    expect(line).toMatchObject({ level: 'ERROR', ...dimensions, UnexpectedErrors: 1 });
    expect(directives(line)).toEqual([
      {
        Namespace: 'IamportRefunds',
        Dimensions: [['Service'], ['Service', 'Function'], ['Service', 'Function', 'Version']],
        Metrics: [{ Name: 'UnexpectedErrors', Unit: 'Count' }],
      },
    ]);
    expect(JSON.stringify(line)).not.toContain('SECRET-MARK');
  });

  it('an error while the environment is built does not end the start, and every request reports it', async () => {
    const built = builtOnce((): string => {
      throw new ConfigurationError('LEDGER_TABLE_NAME: must be set');
    });
    const handler = httpHandler('cancelPayment', async () =>
      Promise.resolve({ statusCode: 200, body: built() }),
    );
    for (let request = 0; request < 2; request += 1) {
      const [line] = await lines(async () => {
        expect(parsed(await handler(eventOf({}), context)).status).toBe(500);
      });
      expect(line).toMatchObject({ UnexpectedErrors: 1, rule: 'LEDGER_TABLE_NAME: must be set' });
    }
  });

  it('a defect of a refund whose caller is answered 202 is still a metric of the working function', async () => {
    const error = new RangeError('SECRET-MARK');
    const handler = httpHandler('cancelPayment', async () => {
      reportEvent({ event: 'failed', during: 'refund', error, merchantUid: 'o' });
      return Promise.resolve({ statusCode: 202 });
    });
    const [line] = await lines(async () => void (await handler(eventOf({}), context)));
    expect(line).toMatchObject({
      event: 'failed',
      cause: 'RangeError',
      during: 'refund',
      merchantUid: 'o',
      Function: 'cancelPayment',
      UnexpectedErrors: 1,
    });
    expect(line?.['stack']).toHaveLength(5);
    expect(JSON.stringify(line)).not.toContain('SECRET-MARK');
  });

  it.for([
    ['any', new Error('x'), { requestId: 'r-1' }],
    ['that of an invalid window', new ReconciliationWindowError('x'), { rule: 'x' }],
  ] as const)('an error of a schedule is a metric and is thrown again: %s', async ([, error, logged]) => {
    const handler = scheduledHandler('reconcilePayments', nothing, async () => Promise.reject(error));
    const [line] = await lines(async () => {
      await expect(handler({}, context)).rejects.toThrow('x');
    });
    expect(line).toMatchObject({ UnexpectedErrors: 1, Function: 'reconcilePayments', ...logged });
  });

  it('a table failure counts as StoreFailures and not as a defect: a route answers 503, and Lambda sees no error of a schedule', async () => {
    const fails = async () =>
      Promise.reject(new StoreError('ThrottlingException', { isKnownNotApplied: true }));
    const run = scheduledHandler('resolveRefunds', nothing, fails);
    const logged = await lines(async () => {
      const event = eventOf({ headers: { 'accept-language': 'ko' } });
      expect(parsed(await httpHandler('getPayment', fails)(event, context))).toMatchObject({
        status: 503,
        headers: { 'retry-after': '10', 'content-language': 'ko' },
        body: { code: 'STORE_UNAVAILABLE' },
      });
      await expect(run({}, context)).resolves.toEqual({ failed: 'ThrottlingException' });
    });
    const failures = logged.filter((line) => line['event'] === 'store_failed');
    expect(failures).toMatchObject([
      { during: 'getPayment', StoreFailures: 1 },
      { during: 'resolveRefunds', StoreFailures: 1 },
    ]);
    for (const line of logged) expect(line).not.toHaveProperty('UnexpectedErrors');
  });
});

/** Events that are counted otherwise than by one metric that `LOGGED` names. */
const EVENTS: readonly (readonly [Partial<PlainEvent>, readonly MetricName[]])[] = [
  [{ event: 'cancelled', attribution: 'tag', amount: 5, currency: 'USD' }, ['RefundsCancelled']],
  [
    { event: 'cancelled', attribution: 'answer', amount: 5, currency: 'KRW' },
    ['RefundsCancelled', 'CancelledAmountKRW', 'AttributedByAnswer'],
  ],
  [{ event: 'not_executed', isAlreadyCancelledAtPg: false }, ['NotExecuted']],
  [{ event: 'not_executed', isAlreadyCancelledAtPg: true }, ['NotExecuted', 'AlreadyCancelledAtPg']],
  [{ event: 'unavailable', secret: true }, ['SecretUnavailable']],
  [{ event: 'unavailable', secret: false }, ['ProviderUnavailable']],
  [{ event: 'booked' }, []],
];

const BUSY = resolverMeasures({
  drained: false,
  inDoubt: { count: 1, oldestMs: 61_000, amounts: { KRW: 5 } },
});

function compared(numbers: Partial<ReconcileResult>) {
  const measures = reconciliationMeasures({ behindMs: 0, ended: [], ...numbers });
  return Object.fromEntries(measures.map(({ name, value }) => [name, value]));
}

/** Two payments, one of them in dollars. */
const WEEK = { ...EMPTY_REPORT, compared: 3, unexplained: { USD: 5, KRW: 7 }, unexplainedPayments: 2 };

function ended(window: Window, report: ReconciliationReport = WEEK) {
  return [{ window, report, fromSeconds: 0, toSeconds: 1, startedAtMs: 0, finishedAtMs: 1 }];
}

describe('the metrics', () => {
  it.for(EVENTS)('%j is counted', ([event, names]) => {
    expect(measuresOf(event as PlainEvent).map(({ name }) => name)).toEqual(names);
  });

  it('events and runs count in every existing metric, and in no other', () => {
    const unreached = { fromSeconds: 0, toSeconds: 1 } as NonNullable<ReconcileResult['unreached']>;
    const counted = [
      ...Object.values(LOGGED).flatMap(([, name]) => name ?? []),
      ...EVENTS.flatMap(([, names]) => names),
      ...BUSY.map(({ name }) => name),
      ...Object.keys(compared({ failed: 'x', unreached, ended: ended('full') })),
      'UnexpectedErrors',
    ];
    expect([...new Set(counted)].toSorted()).toEqual(Object.keys(METRICS).toSorted());
  });

  it('an event is counted for its service, and a refusal also by the provider’s code', async () => {
    vi.stubEnv('SERVICE_NAME', 'shop');
    const [line] = await lines(() => {
      reportEvent({ event: 'rejected', code: 'CANCEL_REJECTED', providerCode: -1, merchantUid: 'o' });
    });
    expect(line).toMatchObject({ level: 'INFO', Service: 'shop', ProviderCode: '-1', RefundsRejected: 1 });
    expect(directives(line)[0]).toMatchObject({ Dimensions: [['Service'], ['Service', 'ProviderCode']] });
  });

  it('each metric of a line has its value and unit', async () => {
    const [line] = await lines(() => writeLine({ level: 'INFO' }, BUSY));
    expect(line).toMatchObject({ InDoubtCount: 1, OldestInDoubtSeconds: 61, ResolverBacklog: 1 });
    expect(directives(line).map(({ Metrics }) => Metrics)).toEqual(
      BUSY.map(({ name }) => [{ Name: name, Unit: METRICS[name] }]),
    );
  });

  it('a comparison is counted once when it ends, in every currency', () => {
    expect(compared({ behindMs: 5_000 })).toEqual({ ReconciliationBehindSeconds: 5 });
    const hourly = compared({ ended: ended('recent') });
    expect(hourly).toMatchObject({ ReconciliationUnexplained: 2, ReconciliationUnexplainedKRW: 7 });
    // The nightly comparison has its own metric; otherwise the hourly one would hide that it stopped.
    expect(hourly).not.toHaveProperty('NightlyCompared');
    expect(compared({ ended: ended('full') })).toMatchObject({ NightlyCompared: 3 });
  });

  it('an idle service writes only metrics whose absence alarms, and no zeros, because each metric costs money per hour', () => {
    const idle = resolverMeasures({ drained: true, inDoubt: { count: 0, oldestMs: 0, amounts: {} } });
    expect(idle).toEqual([{ name: 'InDoubtCount', value: 0 }]);
    const night = compared({ ended: ended('full', EMPTY_REPORT) });
    expect(night).toEqual({ ReconciliationBehindSeconds: 0, NightlyCompared: 0 });
  });
});
