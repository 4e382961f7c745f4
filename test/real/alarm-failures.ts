import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MetricName } from '../../functions/runtime/metrics.ts';
import type { Door } from '../../functions/runtime/invocation.ts';
import { shopItem, type Item } from '../support/memory-store.ts';
import type { Circumstance, Deployed } from './support/deployed.ts';
import { cancelEvent, closeEvent, getEvent, webhookEvent } from './support/gateway-events.ts';

/** What a function printed about one event. */
export type Printed = readonly string[];

/** Makes the failure happen, and gives what was printed about it. */
export type Failure = (deployed: Deployed) => Promise<Printed>;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const scheduled = { source: 'schedule' };

interface Call {
  readonly door: Door;
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
  how: Pick<Call, 'circumstance' | 'timeoutMs'> = {},
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

/** Carried out at i'mport, but the answer was lost. */
async function inDoubt(deployed: Deployed, name: string): Promise<void> {
  await deployed.order(name);
  deployed.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_${name}` });
  await cancel(deployed, name);
}

async function spoil(deployed: Deployed, name: string): Promise<void> {
  const update = new UpdateCommand({
    TableName: deployed.tableName,
    Key: { merchant_uid: name, imp_uid: `imp_${name}` },
    UpdateExpression: 'SET refund_pending.amount = :odd',
    ExpressionAttributeValues: { ':odd': 'much' },
  });
  await deployed.moto.documents.send(update);
}

function orderItem(name: string, fields: Item): Item {
  return { merchant_uid: name, imp_uid: 'order', customer_id: 'customer', ...fields };
}

/** By metric: what is counted of a failure of each kind. */
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
    return hear(deployed, 'imp_undone');
  },
  LateCorrections: async (deployed) => {
    await deployed.order('late');
    deployed.simulator.script({ fault: 'executed_but_refused', imp_uid: 'imp_late', delay_ms: 3_600_000 });
    await cancel(deployed, 'late');
    await deployed.simulator.bookPending('imp_late');
    return hear(deployed, 'imp_late');
  },
  PaymentMismatch: async (deployed) => {
    await deployed.order('other-amount', {}, { amount: 9_000 });
    return cancel(deployed, 'other-amount');
  },
  AlreadyCancelledAtPg: async (deployed) => {
    await deployed.order('at-pg');
    deployed.simulator.script({ fault: 'already_cancelled_at_pg', imp_uid: 'imp_at-pg' });
    return cancel(deployed, 'at-pg');
  },
  Anomalies: async (deployed) => {
    const name = 'cut-short'.padEnd(45, '-');
    const provider = { imp_uid: 'imp_cut-short', merchant_uid: name.slice(0, 40), amount: 10_000 };
    deployed.simulator.addPayment(provider);
    await deployed.put(shopItem(name, { imp_uid: provider.imp_uid }));
    return hear(deployed, provider.imp_uid);
  },
  AttributedByPosition: async (deployed) => {
    await deployed.order('by-position', { pg_provider: 'nice' });
    const fault = { on: 'cancel', fault: 'answer_lost', imp_uid: 'imp_by-position' } as const;
    deployed.simulator.script({ ...fault, also: ['drop_tag'] });
    await cancel(deployed, 'by-position');
    await deployed.age('by-position', MINUTE_MS);
    return resolve(deployed, { circumstance: 'pg_drops_reasons' });
  },
  AttributedByAnswer: async (deployed) => {
    await deployed.order('by-answer');
    deployed.simulator.script({ fault: 'drop_tag', imp_uid: 'imp_by-answer' });
    return cancel(deployed, 'by-answer');
  },
  RefundsRejected: async (deployed) => {
    await deployed.order('refused');
    deployed.simulator.script({ fault: 'refused', imp_uid: 'imp_refused' });
    return cancel(deployed, 'refused');
  },
  ProviderUnavailable: async (deployed) => {
    await deployed.order('unreached');
    return cancel(deployed, 'unreached', 'provider_down');
  },
  SecretUnavailable: async (deployed) => {
    await deployed.order('without-secret');
    return cancel(deployed, 'without-secret', 'secret_empty');
  },
  WebhookUnheard: async (deployed) => hear(deployed, 'imp_unheard', 'provider_down'),
  WebhookRefused: async (deployed) =>
    printedBy(deployed, { door: 'receiveWebhook', event: webhookEvent('imp_any', '203.0.113.9') }),
  UnreadableItems: async (deployed) => {
    await deployed.order('unreadable', {}, { amount: 'much' });
    return get(deployed, 'unreadable');
  },
  ResolverUnreadable: async (deployed) => {
    await inDoubt(deployed, 'spoilt');
    await deployed.age('spoilt', MINUTE_MS);
    await spoil(deployed, 'spoilt');
    return resolve(deployed);
  },
  UnreadableOrderItems: async (deployed) => {
    await deployed.order('odd-order');
    await deployed.put(orderItem('odd-order', { amount: { won: 10_000 } }));
    return get(deployed, 'odd-order');
  },
  SeveralPayments: async (deployed) => {
    await deployed.order('twice');
    await deployed.simulator.payAgain({ merchant_uid: 'twice', imp_uid: 'imp_twice-2' });
    return hear(deployed, 'imp_twice-2');
  },
  OrderAmountDiffers: async (deployed) => {
    await deployed.put(orderItem('cheaper', { amount: 9_000, currency: 'KRW' }));
    deployed.simulator.addPayment({ imp_uid: 'imp_cheaper', merchant_uid: 'cheaper', amount: 10_000 });
    return hear(deployed, 'imp_cheaper');
  },
  StoreFailures: async (deployed) => {
    await deployed.order('unwritable');
    deployed.moto.denied.add('UpdateItem');
    const printed = await cancel(deployed, 'unwritable');
    deployed.moto.denied.clear();
    return printed;
  },
  TooManyRefunds: async (deployed) => {
    await deployed.order('hurried', {}, { refund_bucket: { tokens: 0, at: Date.now() } });
    return cancel(deployed, 'hurried');
  },
  ResolverBacklog: async (deployed) => {
    await inDoubt(deployed, 'behind');
    await deployed.age('behind', MINUTE_MS);
    return resolve(deployed, { timeoutMs: 1 });
  },
  InDoubtCount: async (deployed) => resolve(deployed, { circumstance: 'no_table' }),
  ReconciliationUnexplained: async (deployed) => {
    await deployed.order('shrunk');
    await cancel(deployed, 'shrunk');
    deployed.simulator.undoCancel({ imp_uid: 'imp_shrunk' });
    return reconcile(deployed);
  },
  ReconciliationFailed: async (deployed) => reconcile(deployed, 'provider_down'),
  ReconciliationCompared: async (deployed) => reconcile(deployed, 'provider_down'),
  NightlyCompared: async (deployed) => reconcile(deployed, 'fine', 'recent'),
  ReconciliationBehindSeconds: async (deployed) => {
    const finishedAtMs = Date.now() - 2 * DAY_MS;
    const toSeconds = Math.floor(finishedAtMs / 1000);
    const last = { recent: { window: 'recent', fromSeconds: toSeconds - 3_600, toSeconds, finishedAtMs } };
    const notes = JSON.stringify({ positions: {}, last });
    await deployed.put({ merchant_uid: 'refund_service', imp_uid: 'reconciliation', version: 1_000, notes });
    return reconcile(deployed, 'provider_down');
  },
};

/** A handler's unexpected error, by door. */
export const UNEXPECTED: Readonly<Record<Door, Failure>> = {
  cancelPayment: async (deployed) => cancel(deployed, 'any', 'no_table'),
  getPayment: async (deployed) =>
    printedBy(deployed, { door: 'getPayment', event: getEvent('any'), circumstance: 'no_table' }),
  closeRefund: async (deployed) => {
    const body = { verdict: 'not_executed', evidence: '확인' };
    const event = closeEvent({ merchantUid: 'any', refundId: 'rf_any' }, body);
    return printedBy(deployed, { door: 'closeRefund', event, circumstance: 'no_table' });
  },
  receiveWebhook: async (deployed) => hear(deployed, 'imp_any', 'no_table'),
  resolveRefunds: async (deployed) => resolve(deployed, { circumstance: 'no_table' }),
  reconcilePayments: async (deployed) => reconcile(deployed, 'no_setting'),
};

/** For an alarm that rings at silence: what is printed when all is well. */
export const WELL: Partial<Readonly<Record<MetricName, Failure>>> = {
  InDoubtCount: resolve,
  ReconciliationCompared: reconcile,
  NightlyCompared: async (deployed) => reconcile(deployed, 'fine', 'full'),
};

/** What only AWS counts, so that no bundle can print it. */
export const COUNTED_BY_AWS: Readonly<Record<string, string>> = {
  'AWS/SQS ApproximateNumberOfMessagesVisible': 'Scheduler and Lambda put a run that failed for good there.',
  'AWS/ApiGateway 5xx':
    'The gateway counts the status of each answer; that ours are 5xx then, the doors’ tests show.',
  'IamportRefunds/Gateway TokensRefused':
    'The gateway refuses them before any function is asked; its access log is counted.',
  'AWS/Lambda Duration': 'Lambda measures it.',
  'AWS/Lambda Throttles': 'Lambda counts what it did not start.',
  'AWS/Lambda Errors':
    'Lambda counts a run that ends in an error or not at all; that a scheduled one does, the doors’ tests show.',
};
