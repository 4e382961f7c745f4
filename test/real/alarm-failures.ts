import { serviceKey } from '../../functions/ledger/keys.ts';
import { NO_NOTES, fresh, type ReconciliationNotes } from '../../functions/protocol/reconciliation-notes.ts';
import { UNKNOWN_LOOK_UPS } from '../../functions/refund/times.ts';
import type { MetricName } from '../../functions/runtime/metrics.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../lib/stack/functions.ts';
import type { Fault } from '../../lib/lab/simulator/simulator.ts';
import type { Circumstance, Deployed } from './support/deployed.ts';
import { cancelEvent, getEvent, webhookEvent } from './support/gateway-events.ts';

/** The log output of a function for one event. */
export type Printed = readonly string[];

/** Causes the failure and returns the log output. */
export type Failure = (deployed: Deployed) => Promise<Printed>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const scheduled = { source: 'schedule' };

interface Call {
  readonly door: FunctionName;
  readonly event: object;
  readonly circumstance?: Circumstance;
  readonly timeoutMs?: number;
}

async function printedBy(
  deployed: Deployed,
  { door, event, circumstance, timeoutMs }: Call,
): Promise<Printed> {
  const running = await deployed.running(door, circumstance);
  const before = running.printed().length - 1;
  await running.invoke(event, timeoutMs);
  return running.printed().slice(before);
}

async function cancel(
  deployed: Deployed,
  name: string,
  circumstance: Circumstance = 'fine',
): Promise<Printed> {
  const event = cancelEvent({ merchant_uid: name, cancel_request_amount: 1_000 });
  return printedBy(deployed, { door: 'cancelPayment', event, circumstance });
}

async function get(deployed: Deployed, name: string): Promise<Printed> {
  return printedBy(deployed, { door: 'getPayment', event: getEvent(name) });
}

async function hear(
  deployed: Deployed,
  impUid: string,
  circumstance: Circumstance = 'fine',
): Promise<Printed> {
  return printedBy(deployed, { door: 'receiveWebhook', event: webhookEvent(impUid), circumstance });
}

async function resolve(
  deployed: Deployed,
  how: Partial<Pick<Call, 'event' | 'circumstance' | 'timeoutMs'>> = {},
): Promise<Printed> {
  return printedBy(deployed, { door: 'resolveRefunds', event: scheduled, ...how });
}

async function reconcile(
  deployed: Deployed,
  circumstance: Circumstance = 'fine',
  window: 'recent' | 'full' = 'recent',
): Promise<Printed> {
  const event = { window };
  return printedBy(deployed, { door: 'reconcilePayments', event, circumstance });
}

async function cancelWith(deployed: Deployed, name: string, fault: Omit<Fault, 'imp_uid'>): Promise<Printed> {
  await deployed.order(name);
  deployed.simulator.script({ ...fault, imp_uid: `imp_${name}` });
  return cancel(deployed, name);
}

/** A cancel executed at i'mport whose answer was lost. */
async function inDoubt(deployed: Deployed, name: string): Promise<void> {
  await cancelWith(deployed, name, { on: 'cancel', fault: 'answer_lost' });
}

/** Row 7: two looks after the quiet period do not find our cancel. */
async function twoLooks(deployed: Deployed, name: string): Promise<Printed> {
  await deployed.age(name, MINUTE_MS);
  const first = await resolve(deployed);
  await deployed.age(name, MINUTE_MS);
  return [...first, ...(await resolve(deployed))];
}

/** Sets the positions of the comparisons. */
async function reconciled(deployed: Deployed, notes: Partial<ReconciliationNotes>): Promise<void> {
  const text = JSON.stringify({ ...NO_NOTES, ...notes, version: 1_000 });
  await deployed.put({ ...serviceKey('reconciliation', 'notes'), version: 1_000, notes: text });
}

/** By metric: how to cause its failure. */
export const FAILURES: Partial<Readonly<Record<MetricName, Failure>>> = {
  OldestInDoubtSeconds: async (deployed) => {
    await inDoubt(deployed, 'old');
    deployed.simulator.script({ on: 'payment', fault: 'http_502', imp_uid: 'imp_old', until_cleared: true });
    await deployed.age('old', 11 * MINUTE_MS);
    const printed = await resolve(deployed);
    deployed.simulator.clearFaults();
    return printed;
  },
  Drift: async (deployed) => {
    await deployed.order('undone');
    await cancel(deployed, 'undone');
    deployed.simulator.undoCancel({ imp_uid: 'imp_undone' });
    return [...(await hear(deployed, 'imp_undone')), ...(await hear(deployed, 'imp_undone'))];
  },
  Corrected: async (deployed) => {
    await cancelWith(deployed, 'late', { fault: 'executed_but_refused', delay_ms: HOUR_MS });
    await twoLooks(deployed, 'late');
    await deployed.simulator.bookPending('imp_late');
    return hear(deployed, 'imp_late');
  },
  PaymentMismatch: async (deployed) => {
    await deployed.order('other-amount');
    await deployed.alter('other-amount', 'amount', 9_000);
    return cancel(deployed, 'other-amount');
  },
  AlreadyCancelledAtPg: async (deployed) => {
    await cancelWith(deployed, 'at-pg', { fault: 'already_cancelled_at_pg' });
    return twoLooks(deployed, 'at-pg');
  },
  Anomalies: async (deployed) => cancelWith(deployed, 'without-tag', { fault: 'drop_tag' }),
  RefundsRejected: async (deployed) => cancelWith(deployed, 'refused', { fault: 'refused' }),
  ProviderUnavailable: async (deployed) => {
    await deployed.order('unreached');
    return cancel(deployed, 'unreached', 'provider_down');
  },
  SecretUnavailable: async (deployed) => {
    await deployed.order('without-secret');
    return cancel(deployed, 'without-secret', 'secret_empty');
  },
  WebhookUnheard: async (deployed) => hear(deployed, 'imp_unheard', 'provider_down'),
  UnreadableOrderItems: async (deployed) => {
    await deployed.order('odd-order', {}, { amount: { won: 10_000 } });
    return get(deployed, 'odd-order');
  },
  SeveralPayments: async (deployed) => {
    await deployed.order('twice');
    await deployed.simulator.payAgain({ merchant_uid: 'twice', imp_uid: 'imp_twice-2' });
    return hear(deployed, 'imp_twice-2');
  },
  OrderAmountDiffers: async (deployed) => {
    await deployed.putOrder('cheaper', { amount: 9_000, currency: 'KRW' });
    deployed.simulator.addPayment({ imp_uid: 'imp_cheaper', merchant_uid: 'cheaper', amount: 10_000 });
    return hear(deployed, 'imp_cheaper');
  },
  StoreFailures: async (deployed) => {
    await deployed.order('unwritable');
    deployed.moto.denied.add('TransactWriteItems');
    const printed = await cancel(deployed, 'unwritable');
    deployed.moto.denied.clear();
    return printed;
  },
  TooManyRefunds: async (deployed) => {
    await deployed.order('hurried');
    // A future time, so that nothing is refilled on a slow machine.
    await deployed.alter('hurried', 'rate_limit', { tokens: 0, at_ms: Date.now() + HOUR_MS });
    return cancel(deployed, 'hurried');
  },
  TooManyLookUps: async (deployed) => {
    const printed: string[] = [];
    // A minute may end between two requests; then the next minute's limit is used.
    const asked = 2 * UNKNOWN_LOOK_UPS.customer + 1;
    for (let count = 0; count < asked; count += 1)
      printed.push(...(await cancel(deployed, `nobody-${count}`)));
    return printed;
  },
  ResolverBacklog: async (deployed) => {
    await inDoubt(deployed, 'behind');
    return resolve(deployed, { event: { all: true }, timeoutMs: 1 });
  },
  ReconciliationUnexplained: async (deployed) => {
    await deployed.order('shrunk');
    await cancel(deployed, 'shrunk');
    deployed.simulator.undoCancel({ imp_uid: 'imp_shrunk' });
    return reconcile(deployed);
  },
  ReconciliationFailed: async (deployed) => reconcile(deployed, 'provider_down'),
  ReconciliationUnreached: async (deployed) => {
    const full = fresh({ window: 'full' }, NO_NOTES, Date.now() - DAY_MS);
    await reconciled(deployed, { positions: { full } });
    return reconcile(deployed, 'provider_down');
  },
  ReconciliationBehindSeconds: async (deployed) => {
    const { report, ...span } = fresh({ window: 'recent' }, NO_NOTES, Date.now() - 2 * DAY_MS);
    await reconciled(deployed, {
      last: { recent: { ...span, report, finishedAtMs: Date.now() - 2 * DAY_MS } },
    });
    return reconcile(deployed, 'provider_down');
  },
  UnexpectedErrors: async (deployed) => unexpected(deployed, 'getPayment'),
};

/** A missing setting is reported by every request, so any setting will do. */
async function unexpected(deployed: Deployed, door: FunctionName): Promise<Printed> {
  return printedBy(deployed, { door, event: {}, circumstance: 'no_setting' });
}

/** An unexpected error of each function, for the alarm of its new version. */
export const UNEXPECTED: ReadonlyMap<string, Failure> = new Map(
  FUNCTION_NAMES.map((door) => [door, async (deployed: Deployed) => unexpected(deployed, door)]),
);

/** For an alarm on missing data: the log output of a failing run and of a good run. */
export const SILENCES: Partial<
  Readonly<Record<MetricName, { readonly broken: Failure; readonly well: Failure }>>
> = {
  InDoubtCount: {
    broken: async (deployed) => resolve(deployed, { circumstance: 'no_table' }),
    well: async (deployed) => resolve(deployed),
  },
  ReconciliationBehindSeconds: {
    broken: async (deployed) => reconcile(deployed, 'no_setting'),
    well: async (deployed) => reconcile(deployed),
  },
  NightlyCompared: {
    broken: async (deployed) => reconcile(deployed, 'provider_down', 'full'),
    well: async (deployed) => reconcile(deployed, 'fine', 'full'),
  },
};

/** All scheduled runs before the secret is filled. */
export async function withoutSecret(deployed: Deployed): Promise<Printed> {
  const runs = [
    await resolve(deployed, { circumstance: 'secret_empty' }),
    await reconcile(deployed, 'secret_empty'),
    await reconcile(deployed, 'secret_empty', 'full'),
    await hear(deployed, 'imp_early', 'secret_empty'),
  ];
  return runs.flat();
}

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
