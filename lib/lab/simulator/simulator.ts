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

/** A pending cancel. */
export interface PendingView {
  readonly imp_uid: string;
  readonly cancellation_id: string;
  /** Major units. */
  readonly amount: number;
  readonly reason: string;
  /** When it ends, in simulated time (ms since the epoch); null: on a trigger. */
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
  /** From 0 to 1, for probabilities and shuffles. @default Math.random */
  readonly random?: () => number;
  /** @default - no webhooks */
  readonly webhookUrl?: string;
  /** Folder for the payments, which then survive a restart and `kill -9`. @default - in memory only */
  readonly directory?: string;
  /**
   * `race`: two cancels of one payment that arrive together (within 250 ms) both pass the checks before either is
   * executed. @default 'serialised'
   */
  readonly concurrency?: 'serialised' | 'race';
  /** Contracts that relax a PG's rules. @default - none */
  readonly contracts?: Contracts;
  /** Returns why a request is refused before it is read, e.g. one from a web page. @default - none is refused */
  readonly guard?: (request: IncomingMessage) => string | undefined;
  /** HTTP status if a cancel names no payment. @default 200 */
  readonly noUidStatus?: 200 | 400;
  /**
   * Whether a paid order can be paid again, as can happen from two windows at once; `refused` plays i'mport's check.
   * @default 'allowed'
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
  /** Queues faults, see FAULT_TABLE. @throws FaultScriptError naming the field and its rule */
  readonly script: (faults: Fault | readonly Fault[]) => void;
  readonly faults: () => readonly ScriptedFault[];
  /** Removes the matching faults, or all. */
  readonly clearFaults: (which?: WhichFaults) => void;
  /**
   * Cancels as in i'mport's console, or as by another tool with its own reason. Resolves when its webhook was delivered or
   * has failed.
   */
  readonly consoleCancel: (request: ConsoleCancel & { readonly imp_uid: string }) => Promise<IamportPayment>;
  /**
   * Undoes a cancel (원복), permanently or for a time: cancel_amount falls, and no webhook is sent.
   * @throws Error if there is none
   */
  readonly undoCancel: (request: UndoCancel) => IamportPayment;
  /**
   * Pays an order again, with a payment like its newest one. Resolves when its webhook was delivered or has failed.
   * @throws Error if there is no such order
   */
  readonly payAgain: (request: PayAgain) => Promise<IamportPayment>;
  /** Pending cancels: accepted, held back, or executed by the PG without i'mport's knowledge. */
  readonly pending: (impUid?: string) => readonly PendingView[];
  /** Books the pending cancels, with webhooks; returns how many. */
  readonly bookPending: (impUid?: string) => Promise<number>;
  /** The PG refuses the pending cancels, without webhooks; returns how many. */
  readonly refusePending: (impUid?: string) => Promise<number>;
  /** Sends the webhook for the current status, e.g. "paid" after `addPayment`. */
  readonly announce: (impUid: string) => Promise<void>;
  /** Moves simulated time forward; all due cancels, bookings and webhooks are done when it resolves. */
  readonly advance: (ms: number) => Promise<void>;
  /** Changes the given options. */
  readonly setWebhook: (options: WebhookOptions) => void;
  readonly rotateSecret: (impKey: string, impSecret: string) => void;
  readonly revokeTokens: () => void;
  /** Stops and starts listening on the same port; while down, connections are refused. Received requests continue. */
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
  /** The last 1,000 requests, oldest first, updated live. */
  readonly requests: readonly RecordedRequest[];
  /**
   * The numbers of received and executed cancels since this start, for all or those whose `reason` contains `tag`. An
   * execution counts once, also with several entries, unknown to i'mport, or undone.
   */
  readonly audit: (tag?: string) => CancelAudit;
  readonly end: () => Promise<void>;
}

/** Starts a simulator of i'mport with its rules, its texts and scripted faults. */
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

/** The parts of a running simulator. */
interface Parts extends ExchangeDependencies {
  readonly store: PaymentStore;
  readonly webhooks: Webhooks;
  readonly bookkeeper: Bookkeeper;
  readonly tokens: TokenDesk;
  readonly secondPayment: NonNullable<SimulatorOptions['secondPayment']>;
  /** Ends all waits. */
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

/** The controls for tests and people. */
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
      // A webhook in delivery may be due for a retry within the skipped time.
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

/** Actions of people and PGs on payments. */
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

/** `imp_` and twelve digits, as at i'mport. */
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
