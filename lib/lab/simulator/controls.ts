import { randomInt } from 'node:crypto';
import type { Bookkeeper } from './bookkeeper.ts';
import type { ExchangeDependencies } from './exchange.ts';
import type { IamportSimulator, PayAgain, PendingView, SimulatorOptions } from './interface.ts';
import { toMajor } from './money.ts';
import type { IamportPayment, LedgerPayment } from './payment.ts';
import { PaymentInputError } from './payment-fields.ts';
import { parsePayment, type PaymentInput } from './payment-input.ts';
import type { PaymentStore } from './payment-store.ts';
import type { Registers } from './registers.ts';
import { TEXTS } from './texts.ts';
import type { TokenDesk } from './tokens.ts';
import { noteOf, type Webhooks } from './webhooks.ts';
import { toWire } from './wire.ts';

/** What a running simulator consists of. */
export interface Parts extends ExchangeDependencies {
  readonly store: PaymentStore;
  readonly webhooks: Webhooks;
  readonly bookkeeper: Bookkeeper;
  readonly tokens: TokenDesk;
  readonly registers: Registers;
  readonly secondPayment: NonNullable<SimulatorOptions['secondPayment']>;
  /** Lets go of everything that waits. */
  readonly end: () => void;
}

type Controls = Omit<IamportSimulator, 'url' | 'setDown' | 'isDown' | 'end'>;

/** What a test, a demonstration or a person can tell the simulator. */
export function controls(parts: Parts): Controls {
  const { store, clock, webhooks, tokens, faults, log, registers } = parts;
  return {
    addPayment: (payment) => addPayment(parts, payment),
    payment: (impUid) => wirePayment(store, impUid),
    payments: () => [...store.payments.values()].map(toWire),
    script: faults.add,
    faults: faults.list,
    clearFaults: faults.clear,
    ...deeds(parts),
    addBankAccount: (account) => registers.addBankAccount(account),
    announce: (impUid) => webhooks.send(noteOf(existing(store, impUid))),
    advance: async (ms) => {
      // What is on its way now may have to be repeated within the time that is skipped.
      await webhooks.idle();
      await clock.advance(ms);
      await webhooks.idle();
    },
    setWebhook: (changes) => webhooks.configure(changes),
    rotateSecret: (impKey, impSecret) => tokens.rotate({ impKey, impSecret }),
    revokeTokens: () => tokens.revoke(),
    requests: log.entries,
  };
}

type Deeds = Pick<
  Controls,
  'consoleCancel' | 'undoCancel' | 'payAgain' | 'pending' | 'bookPending' | 'refusePending'
>;

/** What people and PGs do to payments by themselves. */
function deeds(parts: Parts): Deeds {
  const { store, bookkeeper, webhooks } = parts;
  return {
    consoleCancel: async ({ imp_uid: impUid, ...cancel }) => {
      const booked = bookkeeper.consoleCancel(impUid, cancel);
      await booked.notify();
      return toWire(booked.payment);
    },
    undoCancel: ({ imp_uid: impUid, cancellation_id: named }) => toWire(bookkeeper.undoCancel(impUid, named)),
    payAgain: async (request) => {
      const payment = payAgain(parts, request);
      await webhooks.send(noteOf(payment));
      return payment;
    },
    pending: (impUid) => pendingOf(store, impUid),
    bookPending: (impUid) => bookkeeper.endPending('booked', impUid),
    refusePending: (impUid) => bookkeeper.endPending('refused', impUid),
  };
}

function addPayment({ store, clock, secondPayment }: Parts, input: PaymentInput): IamportPayment {
  const payment = parsePayment(input, clock.nowMs());
  if (store.payments.has(payment.impUid)) {
    throw new PaymentInputError('imp_uid', `${payment.impUid} exists already`);
  }
  const isPaid = store.index.attempts(payment.merchantUid).some(({ status }) => status === 'paid');
  if (secondPayment === 'refused' && payment.status === 'paid' && isPaid) {
    throw new PaymentInputError('merchant_uid', TEXTS.paid_already.text);
  }
  store.put(payment);
  return toWire(payment);
}

function payAgain({ store, clock }: Parts, request: PayAgain): IamportPayment {
  const { merchant_uid: merchantUid, imp_uid: impUid = newImpUid(), amount } = request;
  const [newest] = store.index.attempts(merchantUid);
  if (newest === undefined) {
    throw new Error(`payAgain: ${merchantUid} is no order of any payment`);
  }
  const { amount: paid, pay_method, pg_provider, emb_pg_provider, currency, sandbox } = toWire(newest);
  const method = { pay_method, pg_provider, emb_pg_provider, currency, sandbox };
  const input = { ...method, imp_uid: impUid, merchant_uid: newest.merchantUid, amount: amount ?? paid };
  if (store.payments.has(impUid)) {
    throw new Error(`payAgain: ${impUid} exists already`);
  }
  const payment: LedgerPayment = { ...parsePayment(input, clock.nowMs()), details: newest.details };
  store.put(payment);
  return toWire(payment);
}

/** `imp_` and twelve digits, as i'mport's own. */
function newImpUid(): string {
  return `imp_${String(randomInt(10 ** 12)).padStart(12, '0')}`;
}

function pendingOf({ payments }: PaymentStore, impUid: string | undefined): readonly PendingView[] {
  const one = impUid === undefined ? undefined : payments.get(impUid);
  const among = impUid === undefined ? [...payments.values()] : one === undefined ? [] : [one];
  return among.flatMap((payment) =>
    payment.pending.map(({ cancellationId, amount, reason, dueAtMs, isExecutedAtPg = false }) => ({
      imp_uid: payment.impUid,
      cancellation_id: cancellationId,
      amount: toMajor(amount, payment.currency),
      reason,
      due_at_ms: dueAtMs,
      executed_at_pg: isExecutedAtPg,
    })),
  );
}

function wirePayment({ payments }: PaymentStore, impUid: string): IamportPayment | undefined {
  const payment = payments.get(impUid);
  return payment && toWire(payment);
}

function existing(store: PaymentStore, impUid: string): IamportPayment {
  const payment = wirePayment(store, impUid);
  if (payment === undefined) {
    throw new Error(`${impUid}: no such payment`);
  }
  return payment;
}
