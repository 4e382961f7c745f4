import { randomInt } from 'node:crypto';
import { createApi, createTokenDesk, type TokenDesk } from './api.ts';
import { Bookkeeper, type ConsoleCancel, type UndoCancel } from './bookkeeper.ts';
import { CancelDesk, createRaceGate } from './cancel-desk.ts';
import { SimulatedClock } from './clock.ts';
import { parseFaults } from './fault-script.ts';
import { type Fault, FaultQueue, type ScriptedFault, type WhichFaults } from './faults.ts';
import { type IamportPayment, type LedgerPayment, toMajor } from './payment.ts';
import { parsePayment, type PaymentInput, PaymentInputError } from './payment-input.ts';
import { openPaymentStore, type PaymentStore } from './payment-store.ts';
import type { IncomingMessage } from 'node:http';
import type { Contracts } from './pg-rules.ts';
import {
  type CancelAudit,
  createRequestLog,
  exchange,
  type ExchangeDependencies,
  listen,
  type RecordedRequest,
  turnAway,
} from './server.ts';
import { TEXTS } from './texts.ts';
import { type WebhookOptions, Webhooks } from './webhooks.ts';
import { toWire } from './wire.ts';

export type { ConsoleCancel, UndoCancel } from './bookkeeper.ts';
export { FaultScriptError, parseFaults } from './fault-script.ts';
export { FAULT_TABLE, type FaultDescription, type FaultGroup } from './fault-table.ts';
export { type Fault, FAULT_NAMES, type FaultName, type ScriptedFault, type WhichFaults } from './faults.ts';
export type { CancelHistoryEntry, IamportPayment, PaymentStatus } from './payment.ts';
export { type PaymentInput, PaymentInputError } from './payment-input.ts';
export type { CancelAudit, ReceivedCancel, RecordedRequest } from './server.ts';
export { CONSOLE_REASON, PG_TEXTS, TEXTS } from './texts.ts';
export type { WebhookNote, WebhookOptions } from './webhooks.ts';

/** A cancel that is under way. */
export interface PendingView {
  readonly imp_uid: string;
  readonly cancellation_id: string;
  /** Major units. */
  readonly amount: number;
  readonly reason: string;
  /** Simulated time, ms since the epoch; null: on a trigger. */
  readonly due_at_ms: number | null;
  readonly executed_at_pg: boolean;
}

export interface PayAgain {
  readonly merchant_uid: string;
  /** @default - a new one */
  readonly imp_uid?: string;
  /** Major units. @default - as the newest payment of the order */
  readonly amount?: number;
}

export interface SimulatorOptions {
  readonly impKey: string;
  readonly impSecret: string;
  /** ms since the epoch. @default Date.now */
  readonly now?: () => number;
  /** From 0 to 1, for chances and for orders of chance. @default Math.random */
  readonly random?: () => number;
  /** @default - no webhooks */
  readonly webhookUrl?: string;
  /** Payments are kept here, and survive a restart and `kill -9`. @default - in memory only */
  readonly directory?: string;
  /**
   * `race`: two cancels of one payment that arrive together (within 250 ms) both pass the checks before either is
   * carried out. @default 'serialised'
   */
  readonly concurrency?: 'serialised' | 'race';
  /** Contracts that make a PG's rules milder. @default - none */
  readonly contracts?: Contracts;
  /** Says why a request is turned away before it is read, e.g. for a page's. @default - nobody's is */
  readonly guard?: (request: IncomingMessage) => string | undefined;
  /** HTTP status when a cancel names no payment. @default 200 */
  readonly noUidStatus?: 200 | 400;
  /**
   * Whether an order that is paid can be paid once more, as happens from two windows at once; i'mport's own check is
   * `refused`. @default 'allowed'
   */
  readonly secondPayment?: 'allowed' | 'refused';
}

export interface IamportSimulator {
  /** `http://127.0.0.1:port`, without a trailing slash. */
  readonly url: string;
  /** @throws PaymentInputError naming the field and its rule */
  readonly addPayment: (payment: PaymentInput) => IamportPayment;
  readonly payment: (impUid: string) => IamportPayment | undefined;
  readonly payments: () => readonly IamportPayment[];
  /** Queues bad moments and habits, see FAULT_TABLE. @throws FaultScriptError naming the field and its rule */
  readonly script: (faults: Fault | readonly Fault[]) => void;
  readonly faults: () => readonly ScriptedFault[];
  /** Takes faults back: those that fit, or all. */
  readonly clearFaults: (which?: WhichFaults) => void;
  /**
   * A cancel made by hand in i'mport's console, or by another tool with a reason of its own. Resolves when its webhook was
   * delivered or given up.
   */
  readonly consoleCancel: (request: ConsoleCancel & { readonly imp_uid: string }) => Promise<IamportPayment>;
  /**
   * Undoes a cancel (원복), for good or for a time: what was cancelled shrinks, and nobody is told.
   * @throws Error when there is none
   */
  readonly undoCancel: (request: UndoCancel) => IamportPayment;
  /**
   * Pays an order once more, whatever became of its other payments; the new one is like the newest. Resolves when its
   * webhook was delivered or given up. @throws Error when nobody has ordered that
   */
  readonly payAgain: (request: PayAgain) => Promise<IamportPayment>;
  /** Cancels that are under way: accepted, held, or paid back by a PG whose i'mport does not know. */
  readonly pending: (impUid?: string) => readonly PendingView[];
  /** Books what is under way, with its webhooks; returns how many cancels were booked. */
  readonly bookPending: (impUid?: string) => Promise<number>;
  /** The PG refuses what is under way; nobody is told. Returns how many cancels were dropped. */
  readonly refusePending: (impUid?: string) => Promise<number>;
  /** Sends the webhook of the payment as it is, e.g. "paid" after `addPayment`. */
  readonly announce: (impUid: string) => Promise<void>;
  /** Moves simulated time forward; what falls due (late cancels, asynchronous bookings, webhooks) has happened when it resolves. */
  readonly advance: (ms: number) => Promise<void>;
  /** Changes the options that are given. */
  readonly setWebhook: (options: WebhookOptions) => void;
  readonly rotateSecret: (impKey: string, impSecret: string) => void;
  readonly revokeTokens: () => void;
  /** Stops and starts listening on the same port: down means connection refused. Requests already received go on. */
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
  /** The last 1,000, oldest first; live. */
  readonly requests: readonly RecordedRequest[];
  /**
   * How many cancels were received and how many executed since this start, of all or of those whose `reason` contains
   * `tag`. An execution counts once, however many entries it has, whether i'mport knows of it and whether it was undone.
   */
  readonly audit: (tag?: string) => CancelAudit;
  readonly end: () => Promise<void>;
}

/** Starts a simulator of i'mport: its rules, its texts, and faults that a script brings about. */
export async function startIamportSimulator(options: SimulatorOptions): Promise<IamportSimulator> {
  const parts = createParts(options);
  const listener = await listen((request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(request, response, parts);
    else turnAway(response, refusal);
  });
  parts.bookkeeper.resume();
  return {
    url: `http://127.0.0.1:${listener.port}`,
    ...controls(parts),
    setDown: listener.setDown,
    isDown: listener.isDown,
    end,
  };

  async function end(): Promise<void> {
    parts.end();
    await listener.end();
    parts.store.end();
  }
}

/** What a running simulator consists of. */
interface Parts extends ExchangeDependencies {
  readonly store: PaymentStore;
  readonly webhooks: Webhooks;
  readonly bookkeeper: Bookkeeper;
  readonly tokens: TokenDesk;
  readonly secondPayment: NonNullable<SimulatorOptions['secondPayment']>;
  /** Ends everything that waits. */
  readonly end: () => void;
}

function createParts(options: SimulatorOptions): Parts {
  const { contracts = {}, noUidStatus = 200, secondPayment = 'allowed' } = options;
  const clock = new SimulatedClock(options.now ?? Date.now);
  const nowMs = (): number => clock.nowMs();
  const store = openPaymentStore(options.directory, nowMs);
  const faults = new FaultQueue(options.random, nowMs);
  const webhooks = new Webhooks(clock, faults, { url: options.webhookUrl });
  const log = createRequestLog();
  const bookkeeper = new Bookkeeper({ store, clock, webhooks, paidBack: log.paidBack });
  const tokens = createTokenDesk(options, nowMs);
  const raceGate = options.concurrency === 'race' ? createRaceGate() : undefined;
  const cancelDesk = new CancelDesk({ store, clock, bookkeeper, faults, contracts, raceGate, noUidStatus });
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    clock.end();
    webhooks.end();
    raceGate?.end();
  };
  const api = createApi({ store, tokens, cancelDesk, faults, clock });
  return {
    api,
    log,
    ended: ended.signal,
    faults,
    store,
    clock,
    webhooks,
    bookkeeper,
    tokens,
    secondPayment,
    end,
  };
}

type Controls = Omit<IamportSimulator, 'url' | 'setDown' | 'isDown' | 'end'>;

/** What a test or a person can tell the simulator. */
function controls(parts: Parts): Controls {
  const { store, clock, webhooks, tokens, faults, log } = parts;
  return {
    addPayment: (payment) => addPayment(parts, payment),
    payment: (impUid) => wirePayment(store, impUid),
    payments: () => [...store.payments.values()].map(toWire),
    script: (script) => faults.add(parseFaults(script)),
    faults: () => faults.list(),
    clearFaults: (which) => faults.clear(which),
    ...deeds(parts),
    announce: (impUid) => webhooks.send(existing(store, impUid)),
    advance: async (ms) => {
      // A webhook that is on its way may have to be repeated within the time that is skipped.
      await webhooks.idle();
      await clock.advance(ms);
      await webhooks.idle();
    },
    setWebhook: (changes) => webhooks.configure(changes),
    rotateSecret: (impKey, impSecret) => tokens.rotate({ impKey, impSecret }),
    revokeTokens: () => tokens.revoke(),
    requests: log.entries,
    audit: (tag) => log.audit(tag),
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
    undoCancel: (request) => toWire(bookkeeper.undoCancel(request)),
    payAgain: async (request) => {
      const payment = payAgain(parts, request);
      await webhooks.send(payment);
      return toWire(payment);
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

function payAgain({ store, clock }: Parts, request: PayAgain): LedgerPayment {
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
  return payment;
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

function existing({ payments }: PaymentStore, impUid: string): LedgerPayment {
  const payment = payments.get(impUid);
  if (payment === undefined) {
    throw new Error(`${impUid}: no such payment`);
  }
  return payment;
}
