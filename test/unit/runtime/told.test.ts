import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReconciliationReport } from '../../../functions/protocol/reconciliation-notes.ts';
import { httpHandler } from '../../../functions/http/http-handler.ts';
import { ReconciliationWindowError } from '../../../functions/protocol/reconciliation-window.ts';
import { ConfigurationError } from '../../../functions/runtime/config.ts';
import { measuresOf, reconciliationMeasures, resolverMeasures } from '../../../functions/runtime/measures.ts';
import { METRICS } from '../../../functions/runtime/metrics.ts';
import { reportRefundEvent, writeLine } from '../../../functions/runtime/observability.ts';
import { reportEvent } from '../../../functions/runtime/report.ts';
import { scheduledHandler } from '../../../functions/runtime/scheduled.ts';
import { builtOnce } from '../../../functions/runtime/start.ts';
import { eventOf, told } from '../http/samples.ts';

const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 28_000 } as unknown as Context;

/** The lines that are written while something runs. */
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

afterEach(() => {
  delete process.env['SERVICE_NAME'];
  delete process.env['AWS_LAMBDA_FUNCTION_VERSION'];
});

describe('an unexpected error', () => {
  it('is a neutral 500 to the caller, and the metric of its function and version', async () => {
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
        Dimensions: [
          ['Service', 'Function'],
          ['Service', 'Function', 'Version'],
        ],
        Metrics: [{ Name: 'UnexpectedErrors', Unit: 'Count' }],
      },
    ]);
    expect(JSON.stringify(line)).not.toContain('SECRET-MARK');
  });

  it('while the surroundings are built does not end the start, but is told by every request', async () => {
    const built = builtOnce((): string => {
      throw new ConfigurationError('PAYMENTS_TABLE_NAME: must be set');
    });
    const handler = httpHandler('cancelPayment', async () =>
      Promise.resolve({ statusCode: 200, body: built() }),
    );
    for (let request = 0; request < 2; request += 1) {
      const [line] = await lines(async () => {
        expect(told(await handler(eventOf({}), context)).status).toBe(500);
      });
      expect(line).toMatchObject({ UnexpectedErrors: 1, rule: 'PAYMENTS_TABLE_NAME: must be set' });
    }
  });

  it('of a refund whose caller is told 202 is the metric of the function at work all the same', async () => {
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

  it('in a schedule is told by the metric and thrown on', async () => {
    const handler = scheduledHandler('resolveRefunds', async () => Promise.reject(new Error('x')));
    const [line] = await lines(async () => {
      await expect(handler({}, context)).rejects.toThrow('x');
    });
    expect(line).toMatchObject({ UnexpectedErrors: 1, Function: 'resolveRefunds', requestId: 'r-1' });
  });

  it('that is a window which nobody can compare is told with the rule', async () => {
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

describe('what happens to a refund', () => {
  it.each([
    [{ event: 'unavailable', cause: 'x', secret: true }, 'SecretUnavailable'],
    [{ event: 'unavailable', cause: 'x', secret: false }, 'ProviderUnavailable'],
    [{ event: 'webhook_unheard', cause: 'x' }, 'WebhookUnheard'],
    [{ event: 'webhook_refused', from: '203.0.113.9' }, 'WebhookRefused'],
    [{ event: 'unreadable_item', why: 'x' }, 'UnreadableItems'],
    [{ event: 'payment_mismatch', why: 'x' }, 'PaymentMismatch'],
    [{ event: 'cancelled', decidedBy: 'answer', attribution: 'answer' }, 'AttributedByAnswer'],
    [{ event: 'rejected', code: 'ALREADY_CANCELLED_AT_PG' }, 'AlreadyCancelledAtPg'],
    [{ event: 'rejected', code: 'NOT_EXECUTED' }, 'NotExecuted'],
  ] as const)('%j counts as %s', (event, name) => {
    expect(measuresOf({ ...event, merchantUid: 'o' }).map((measure) => measure.name)).toContain(name);
  });

  it('is counted for its service, and a refusal by the provider’s code too', async () => {
    process.env['SERVICE_NAME'] = 'shop';
    const [line] = await lines(() => {
      reportRefundEvent({ event: 'rejected', code: 'CANCEL_REJECTED', providerCode: -1, merchantUid: 'o' });
    });
    expect(line).toMatchObject({ Service: 'shop', ProviderCode: '-1', RefundsRejected: 1 });
    expect(directives(line)[0]).toMatchObject({ Dimensions: [['Service'], ['Service', 'ProviderCode']] });
  });

  it('is counted in units that the stack knows', async () => {
    const measures = [
      ...resolverMeasures({
        drained: false,
        unreadable: 2,
        inDoubt: { count: 1, oldestMs: 61_000, amounts: { KRW: 5 } },
      }),
      ...reconciliationMeasures({ behindMs: 5_000, ended: [], failed: 'x' }),
    ];
    const [line] = await lines(() => {
      writeLine({ level: 'INFO' }, measures);
    });
    expect(line).toMatchObject({
      OldestInDoubtSeconds: 61,
      ResolverBacklog: 1,
      ResolverUnreadable: 2,
      ReconciliationFailed: 1,
    });
    for (const { Metrics } of directives(line) as {
      Metrics: [{ Name: keyof typeof METRICS; Unit: string }];
    }[])
      expect(METRICS[Metrics[0].Name]).toBe(Metrics[0].Unit);
  });

  it('that does not add up is counted in every currency, and only when a walk has ended', () => {
    const report: ReconciliationReport = {
      compared: 3,
      booked: 0,
      imported: 0,
      unknown: 0,
      explained: { KRW: 10 },
      unexplained: { USD: 5 },
      unexplainedPayments: 2,
      ordersPaidTwice: 0,
      amountsThatDiffer: 0,
      unreadable: 0,
      cases: [],
    };
    const numbers = (ended: Parameters<typeof reconciliationMeasures>[0]['ended']) =>
      Object.fromEntries(
        reconciliationMeasures({ behindMs: 0, ended }).map(({ name, value }) => [name, value]),
      );
    expect(numbers([])).toEqual({ ReconciliationFailed: 0, ReconciliationBehindSeconds: 0 });
    const hourly = numbers([{ window: 'recent', report }]);
    expect(hourly).toMatchObject({ ReconciliationUnexplained: 2, ReconciliationUnexplainedKRW: 0 });
    // The walk of the night has a voice of its own: the hourly one would speak for it.
    expect(hourly).not.toHaveProperty('NightlyCompared');
    expect(numbers([{ window: 'full', report }])).toMatchObject({ NightlyCompared: 3 });
  });
});
