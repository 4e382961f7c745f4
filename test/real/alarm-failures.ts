import { serviceKey } from '../../functions/ledger/keys.ts';
import { startOf, type Window, type WindowNotes } from '../../functions/protocol/reconciliation-notes.ts';
import { UNKNOWN_LOOK_UPS } from '../../functions/refund/times.ts';
import type { MetricName } from '../../functions/runtime/metrics.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../lib/stack/functions.ts';
import type { Fault } from '../../lib/lab/simulator/simulator.ts';
import type { Circumstance, Deployed } from './support/deployed.ts';
import { cancelEvent, getEvent, webhookEvent } from './support/gateway-events.ts';

/** The log output of a function for one event. */
type Printed = readonly string[];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

interface Around {
  readonly circumstance?: Circumstance;
  /** Scripted at i'mport for this payment. */
  readonly fault?: Omit<Fault, 'imp_uid'>;
  /** An attribute of the payment in the ledger. */
  readonly alter?: readonly [attribute: string, value: unknown];
}

/** The events that fail in the bundled functions; each returns the log output. */
export function eventsFor(deployed: Deployed) {
  const printedBy = async (
    door: FunctionName,
    event: object,
    circumstance?: Circumstance,
    timeoutMs?: number,
  ): Promise<Printed> => {
    const running = await deployed.running(door, circumstance);
    const before = running.printed().length - 1;
    await running.invoke(event, timeoutMs);
    return running.printed().slice(before);
  };
  const cancel = async (name: string, circumstance?: Circumstance) =>
    printedBy(
      'cancelPayment',
      cancelEvent({ merchant_uid: name, cancel_request_amount: 1_000 }),
      circumstance,
    );
  const resolve = async (circumstance?: Circumstance) =>
    printedBy('resolveRefunds', { source: 'schedule' }, circumstance);
  return {
    deployed,
    printedBy,
    cancel,
    resolve,
    /** A cancel of a new payment. */
    cancelNew: async (name: string, { circumstance, fault, alter }: Around = {}) => {
      await deployed.order(name);
      if (fault !== undefined) deployed.simulator.script({ ...fault, imp_uid: `imp_${name}` });
      if (alter !== undefined) await deployed.alter(name, ...alter);
      return cancel(name, circumstance);
    },
    hear: async (name: string, circumstance?: Circumstance) =>
      printedBy('receiveWebhook', webhookEvent(`imp_${name}`), circumstance),
    reconcile: async (circumstance?: Circumstance, window: 'recent' | 'full' = 'recent') =>
      printedBy('reconcilePayments', { window }, circumstance),
    /** Row 7: two looks after the quiet period do not find our cancel. */
    twoLooks: async (name: string) => {
      await deployed.age(name, MINUTE_MS);
      const first = await resolve();
      await deployed.age(name, MINUTE_MS);
      return [...first, ...(await resolve())];
    },
    /** Sets the positions of the comparisons. */
    reconciled: async (window: Window, notes: WindowNotes) => {
      const version = 'set by the test';
      const text = JSON.stringify({ ...notes, version });
      await deployed.put({ ...serviceKey('reconciliation', window), version, notes: text });
    },
  };
}

/** Causes the failure and returns the log output. */
export type Failure = (events: ReturnType<typeof eventsFor>) => Promise<Printed>;

const LOST = { on: 'cancel', fault: 'answer_lost' } as const;

/** By metric: how to cause its failure. */
export const FAILURES: Partial<Readonly<Record<MetricName, Failure>>> = {
  OldestInDoubtSeconds: async ({ deployed, cancelNew, resolve }) => {
    await cancelNew('old', { fault: LOST });
    deployed.simulator.script({ on: 'payment', fault: 'http_502', imp_uid: 'imp_old', until_cleared: true });
    await deployed.age('old', 11 * MINUTE_MS);
    const printed = await resolve();
    deployed.simulator.clearFaults();
    return printed;
  },
  Drift: async ({ deployed, cancelNew, hear }) => {
    await cancelNew('undone');
    deployed.simulator.undoCancel({ imp_uid: 'imp_undone' });
    return [...(await hear('undone')), ...(await hear('undone'))];
  },
  Corrected: async ({ deployed, cancelNew, twoLooks, hear }) => {
    await cancelNew('late', { fault: { fault: 'executed_but_refused', delay_ms: HOUR_MS } });
    await twoLooks('late');
    await deployed.simulator.bookPending('imp_late');
    return hear('late');
  },
  PaymentMismatch: async ({ cancelNew }) => cancelNew('other-amount', { alter: ['amount', 9_000] }),
  AlreadyCancelledAtPg: async ({ cancelNew, twoLooks }) => {
    await cancelNew('at-pg', { fault: { fault: 'already_cancelled_at_pg' } });
    return twoLooks('at-pg');
  },
  Anomalies: async ({ cancelNew }) => cancelNew('without-tag', { fault: { fault: 'drop_tag' } }),
  RefundsRejected: async ({ cancelNew }) => cancelNew('refused', { fault: { fault: 'refused' } }),
  ProviderUnavailable: async ({ cancelNew }) => cancelNew('unreached', { circumstance: 'provider_down' }),
  SecretUnavailable: async ({ cancelNew }) => cancelNew('without-secret', { circumstance: 'secret_empty' }),
  WebhookUnheard: async ({ hear }) => hear('unheard', 'provider_down'),
  UnreadableOrderItems: async ({ deployed, printedBy }) => {
    await deployed.order('odd-order', {}, { amount: { won: 10_000 } });
    return printedBy('getPayment', getEvent('odd-order'));
  },
  SeveralPayments: async ({ deployed, hear }) => {
    await deployed.order('twice');
    await deployed.simulator.payAgain({ merchant_uid: 'twice', imp_uid: 'imp_twice-2' });
    return hear('twice-2');
  },
  OrderAmountDiffers: async ({ deployed, hear }) => {
    await deployed.putOrder('cheaper', { amount: 9_000, currency: 'KRW' });
    deployed.simulator.addPayment({ imp_uid: 'imp_cheaper', merchant_uid: 'cheaper', amount: 10_000 });
    return hear('cheaper');
  },
  StoreFailures: async ({ deployed, cancel }) => {
    await deployed.order('unwritable');
    deployed.moto.denied.add('TransactWriteItems');
    const printed = await cancel('unwritable');
    deployed.moto.denied.clear();
    return printed;
  },
  // A future time, so that nothing is refilled on a slow machine.
  TooManyRefunds: async ({ cancelNew }) =>
    cancelNew('hurried', { alter: ['rate_limit', { tokens: 0, at_ms: Date.now() + HOUR_MS }] }),
  TooManyLookUps: async ({ cancel }) => {
    const printed: string[] = [];
    // A minute may end between two requests; then the next minute's limit is used.
    for (let count = 0; count <= 2 * UNKNOWN_LOOK_UPS.customer; count += 1)
      printed.push(...(await cancel(`nobody-${count}`)));
    return printed;
  },
  ResolverBacklog: async ({ cancelNew, printedBy }) => {
    await cancelNew('behind', { fault: LOST });
    return printedBy('resolveRefunds', { all: true }, 'fine', 1);
  },
  ReconciliationUnexplained: async ({ deployed, cancelNew, reconcile }) => {
    await cancelNew('shrunk');
    deployed.simulator.undoCancel({ imp_uid: 'imp_shrunk' });
    return reconcile();
  },
  ReconciliationFailed: async ({ reconcile }) => reconcile('provider_down'),
  ReconciliationUnreached: async ({ reconciled, reconcile }) => {
    await reconciled('full', startOf({ window: 'full' }, {}, Date.now() - DAY_MS));
    return reconcile('provider_down');
  },
  ReconciliationBehindSeconds: async ({ reconciled, reconcile }) => {
    const finishedAtMs = Date.now() - 2 * DAY_MS;
    const { position } = startOf({ window: 'recent' }, {}, finishedAtMs);
    await reconciled('recent', { last: { ...position, finishedAtMs } });
    return reconcile('provider_down');
  },
  UnexpectedErrors: unexpected('getPayment'),
};

/** A missing setting is reported by every request, so any setting will do. */
function unexpected(door: FunctionName): Failure {
  return async ({ printedBy }) => printedBy(door, {}, 'no_setting');
}

/** An unexpected error of each function, for the alarm of its new version. */
export const UNEXPECTED: ReadonlyMap<string, Failure> = new Map(
  FUNCTION_NAMES.map((door) => [door, unexpected(door)]),
);

/** For an alarm on missing data: the log output of a failing run and of a good run. */
export const SILENCES: Partial<
  Readonly<Record<MetricName, { readonly broken: Failure; readonly well: Failure }>>
> = {
  InDoubtCount: {
    broken: async ({ resolve }) => resolve('no_table'),
    well: async ({ resolve }) => resolve(),
  },
  ReconciliationBehindSeconds: {
    broken: async ({ reconcile }) => reconcile('no_setting'),
    well: async ({ reconcile }) => reconcile(),
  },
  NightlyCompared: {
    broken: async ({ reconcile }) => reconcile('provider_down', 'full'),
    well: async ({ reconcile }) => reconcile('fine', 'full'),
  },
};

/** All scheduled runs before the secret is filled. */
export const withoutSecret: Failure = async ({ resolve, reconcile, hear }) => [
  ...(await resolve('secret_empty')),
  ...(await reconcile('secret_empty')),
  ...(await reconcile('secret_empty', 'full')),
  ...(await hear('early', 'secret_empty')),
];

/** Metrics that only AWS counts, so no bundle can print them. */
export const COUNTED_BY_AWS: Readonly<Record<string, string>> = {
  'AWS/SQS ApproximateNumberOfMessagesVisible': 'Scheduler and Lambda put a run that failed for good there.',
  'AWS/ApiGateway 5xx':
    'The gateway counts the status of each answer; that ours are 5xx then, the doors’ tests show.',
  'IamportRefunds/Gateway TokensRefused':
    'The gateway refuses them before any function is asked; its access log is counted.',
  'IamportRefunds/Gateway WebhooksRefused':
    'The gateway’s access log is counted; that a stranger’s webhook is answered by 403, the doors’ tests show.',
  'AWS/Lambda Duration': 'Lambda measures it.',
  'AWS/Lambda IteratorAge': 'Lambda knows how old the records of the stream are that it hands over.',
  'AWS/Lambda Throttles': 'Lambda counts what it did not start.',
  'AWS/Lambda Errors':
    'Lambda counts a run that ends in an error or not at all; that a scheduled one does, the doors’ tests show.',
};
