import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { httpHandler } from '../../../functions/http/http-handler.ts';
import {
  EMPTY_REPORT,
  ReconciliationWindowError,
  type ReconciliationReport,
} from '../../../functions/protocol/reconciliation-notes.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { ConfigurationError } from '../../../functions/runtime/config.ts';
import {
  COUNTED,
  measuresOf,
  reconciliationMeasures,
  resolverMeasures,
  type PlainEvent,
} from '../../../functions/runtime/measures.ts';
import { METRICS, type MetricName } from '../../../functions/runtime/metrics.ts';
import { reportRefundEvent, writeLine } from '../../../functions/runtime/observability.ts';
import { reportEvent } from '../../../functions/runtime/report.ts';
import { scheduledHandler } from '../../../functions/runtime/scheduled.ts';
import { builtOnce } from '../../../functions/runtime/start.ts';
import { eventOf, told } from '../http/samples.ts';

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

type OfKind<Event> = Event extends PlainEvent ? Omit<Event, 'merchantUid'> : never;
type Told = OfKind<PlainEvent>;

function report(): ReconciliationReport {
  return { ...EMPTY_REPORT, compared: 3, unexplained: { USD: 5, KRW: 7 }, unexplainedPayments: 2 };
}

afterEach(() => {
  delete process.env['SERVICE_NAME'];
  delete process.env['AWS_LAMBDA_FUNCTION_VERSION'];
});

describe('an unexpected error', () => {
  it('an unexpected error is a neutral 500 to the caller, and a metric of its function and version', async () => {
    process.env['SERVICE_NAME'] = 'shop';
    process.env['AWS_LAMBDA_FUNCTION_VERSION'] = '7';
    const handler = httpHandler('getPayment', async () => Promise.reject(new RangeError('SECRET-MARK')));
    let answer;
    const [line] = await lines(async () => {
      answer = told(await handler(eventOf({ headers: { 'accept-language': 'ko' } }), context));
    });
    expect(answer).toMatchObject({
      status: 500,
      headers: { 'content-language': 'ko' },
      body: { code: 'INTERNAL_ERROR' },
    });
    expect(line).toMatchObject({
      Service: 'shop',
      Function: 'getPayment',
      Version: '7',
      UnexpectedErrors: 1,
    });
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
        expect(told(await handler(eventOf({}), context)).status).toBe(500);
      });
      expect(line).toMatchObject({ UnexpectedErrors: 1, rule: 'LEDGER_TABLE_NAME: must be set' });
    }
  });

  it('a defect of a refund whose caller is told 202 is still a metric of the working function', async () => {
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

  it('an unexpected error in a schedule is a metric and is thrown again', async () => {
    const handler = scheduledHandler('resolveRefunds', async () => Promise.reject(new Error('x')));
    const [line] = await lines(async () => {
      await expect(handler({}, context)).rejects.toThrow('x');
    });
    expect(line).toMatchObject({ UnexpectedErrors: 1, Function: 'resolveRefunds', requestId: 'r-1' });
  });

  it('a table failure in a schedule counts as StoreFailures and not as a defect, and Lambda sees no error', async () => {
    const error = new StoreError('ThrottlingException', { isKnownNotApplied: true });
    const handler = scheduledHandler('resolveRefunds', async () => Promise.reject(error));
    const [line] = await lines(async () => {
      await expect(handler({}, context)).resolves.toEqual({ failed: 'ThrottlingException' });
    });
    expect(line).toMatchObject({ event: 'store_failed', during: 'resolveRefunds', StoreFailures: 1 });
    expect(line).not.toHaveProperty('UnexpectedErrors');
  });

  it('an invalid window is reported with the rule', async () => {
    const rule = 'fromSeconds must be before toSeconds';
    const handler = scheduledHandler('reconcilePayments', async () =>
      Promise.reject(new ReconciliationWindowError(rule)),
    );
    const [line] = await lines(async () => {
      await expect(handler({}, context)).rejects.toThrow(rule);
    });
    expect(line).toMatchObject({ UnexpectedErrors: 1, cause: 'ReconciliationWindowError', rule });
  });
});

/** Events that are counted in several ways, one of each; other events count as `COUNTED` says. */
const EVENTS: readonly { readonly event: Told; readonly names: readonly MetricName[] }[] = [
  { event: { event: 'cancelled', decidedBy: 'look', attribution: 'tag' }, names: ['RefundsCancelled'] },
  {
    event: { event: 'cancelled', decidedBy: 'answer', attribution: 'answer' },
    names: ['RefundsCancelled', 'AttributedByAnswer'],
  },
  {
    event: { event: 'cancelled', decidedBy: 'look', attribution: 'tag', amount: 1_000, currency: 'KRW' },
    names: ['RefundsCancelled', 'CancelledAmountKRW'],
  },
  { event: { event: 'rejected', code: 'CANCEL_REJECTED' }, names: ['RefundsRejected'] },
  { event: { event: 'not_executed', isAlreadyCancelledAtPg: false }, names: ['NotExecuted'] },
  {
    event: { event: 'not_executed', isAlreadyCancelledAtPg: true },
    names: ['NotExecuted', 'AlreadyCancelledAtPg'],
  },
  { event: { event: 'unavailable', cause: 'x', secret: true }, names: ['SecretUnavailable'] },
  { event: { event: 'unavailable', cause: 'x', secret: false }, names: ['ProviderUnavailable'] },
  { event: { event: 'drift', why: 'x' }, names: ['Drift'] },
  { event: { event: 'booked' }, names: [] },
];

/** A resolver run and a reconciliation run in which every metric has a value. */
const RUNS = [
  ...resolverMeasures({
    drained: false,
    inDoubt: { count: 1, oldestMs: 61_000, amounts: { KRW: 5 } },
  }),
  ...reconciliationMeasures({
    behindMs: 5_000,
    failed: 'x',
    unreached: {},
    ended: [{ window: 'full', report: report() }],
  }),
].map(({ name }) => name);

describe('metrics of refunds', () => {
  it.each(EVENTS)('$event is counted', ({ event, names }) => {
    expect(measuresOf({ ...event, merchantUid: 'o' }).map(({ name }) => name)).toEqual(names);
  });

  it('the events are counted in every existing metric, and in no other', () => {
    const plain = Object.values(COUNTED).filter((name) => name !== undefined);
    const counted = [...plain, ...EVENTS.flatMap(({ names }) => names), ...RUNS, 'UnexpectedErrors'];
    expect([...new Set(counted)].toSorted()).toEqual(Object.keys(METRICS).toSorted());
  });

  it('an event is counted for its service, and a refusal also by the provider’s code', async () => {
    process.env['SERVICE_NAME'] = 'shop';
    const [line] = await lines(() => {
      reportRefundEvent({ event: 'rejected', code: 'CANCEL_REJECTED', providerCode: -1, merchantUid: 'o' });
    });
    expect(line).toMatchObject({ Service: 'shop', ProviderCode: '-1', RefundsRejected: 1 });
    expect(directives(line)[0]).toMatchObject({ Dimensions: [['Service'], ['Service', 'ProviderCode']] });
  });

  it('metrics have units that the stack knows', async () => {
    const measures = resolverMeasures({
      drained: false,
      inDoubt: { count: 1, oldestMs: 61_000, amounts: { KRW: 5 } },
    });
    const [line] = await lines(() => {
      writeLine({ level: 'INFO' }, measures);
    });
    expect(line).toMatchObject({ InDoubtCount: 1, OldestInDoubtSeconds: 61, ResolverBacklog: 1 });
    const written = directives(line) as unknown as readonly {
      Metrics: [{ Name: MetricName; Unit: string }];
    }[];
    expect(written).toHaveLength(measures.length);
    for (const { Metrics } of written) expect(METRICS[Metrics[0].Name]).toBe(Metrics[0].Unit);
  });

  it('a comparison is counted once when it ends, in every currency', () => {
    const numbers = (ended: Parameters<typeof reconciliationMeasures>[0]['ended']) =>
      Object.fromEntries(
        reconciliationMeasures({ behindMs: 0, ended }).map(({ name, value }) => [name, value]),
      );
    expect(numbers([])).toEqual({ ReconciliationBehindSeconds: 0 });
    const hourly = numbers([{ window: 'recent', report: report() }]);
    // Two payments, one of them in dollars.
    expect(hourly).toMatchObject({ ReconciliationUnexplained: 2, ReconciliationUnexplainedKRW: 7 });
    // The nightly comparison has its own metric; otherwise the hourly one would hide that it stopped.
    expect(hourly).not.toHaveProperty('NightlyCompared');
    expect(numbers([{ window: 'full', report: report() }])).toMatchObject({ NightlyCompared: 3 });
  });
});

describe('an idle service', () => {
  it('an idle service writes only metrics whose absence alarms, and no zeros, because each metric costs money per hour', () => {
    const idle = resolverMeasures({ drained: true, inDoubt: { count: 0, oldestMs: 0, amounts: {} } });
    expect(idle).toEqual([{ name: 'InDoubtCount', value: 0 }]);
    const empty = { ...report(), compared: 0, unexplained: {}, unexplainedPayments: 0 };
    const night = reconciliationMeasures({ behindMs: 0, ended: [{ window: 'full', report: empty }] });
    expect(night).toEqual([
      { name: 'ReconciliationBehindSeconds', value: 0 },
      { name: 'NightlyCompared', value: 0 },
    ]);
  });
});
