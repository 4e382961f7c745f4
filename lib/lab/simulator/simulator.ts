import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Api, TokenDesk } from './api.ts';
import { Bookkeeper, type ConsoleCancel, type UndoCancel } from './bookkeeper.ts';
import { CancelDesk } from './cancel-desk.ts';
import { SimulatedClock } from './clock.ts';
import { FaultQueue, type WhichFaults } from './fault-queue.ts';
import { type Fault, parseFaults, type ScriptedFault } from './faults.ts';
import { type LedgerPayment, toMajor } from './payment.ts';
import { parsePayment, type PaymentInput, PaymentInputError } from './payment-input.ts';
import { PaymentStore } from './payment-store.ts';
import type { Contracts } from './pg-rules.ts';
import {
  type CancelAudit,
  exchange,
  type ExchangeDependencies,
  listen,
  type RecordedRequest,
  RequestLog,
  turnAway,
} from './server.ts';
import { type WebhookOptions, Webhooks } from './webhooks.ts';
import { type IamportPayment, toWire } from './wire.ts';

export { FAULT_NAMES, FAULT_TABLE, type FaultName } from './fault-table.ts';
export { type Fault, FaultScriptError, parseFaults } from './faults.ts';
export { type PaymentInput, PaymentInputError } from './payment-input.ts';
export { CONSOLE_REASON, PG_TEXTS, TEXTS } from './texts.ts';
export type { IamportPayment } from './wire.ts';

/** A pending cancel. */
interface PendingView {
  readonly imp_uid: string;
  readonly cancellation_id: string;
  /** Major units. */
  readonly amount: number;
  readonly reason: string;
  /** When it ends, in simulated time (ms since the epoch); null: on a trigger. */
  readonly due_at_ms: number | null;
  readonly executed_at_pg: boolean;
}

interface PayAgain {
  readonly merchant_uid: string;
  /** @default - a new one */
  readonly imp_uid?: string;
  /** Major units. @default - as the newest payment of the order */
  readonly amount?: number;
}

export interface SimulatorOptions extends WebhookOptions {
  readonly impKey: string;
  readonly impSecret: string;
  /** ms since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Folder for the payments, which then survive a restart and `kill -9`. @default - in memory only */
  readonly directory?: string;
  /** Contracts that relax a PG's rules. @default - none */
  readonly contracts?: Contracts;
  /** Returns why a request is refused before it is read, e.g. one from a web page. @default - none is refused */
  readonly guard?: (request: IncomingMessage) => string | undefined;
  /** HTTP status if a cancel names no payment. @default 200 */
  readonly noUidStatus?: 200 | 400;
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
  /** Undoes a cancel (원복): cancel_amount falls, and no webhook is sent. @throws Error if there is none */
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
  readonly rotateSecret: (impKey: string, impSecret: string) => void;
  readonly revokeTokens: () => void;
  /** Stops and starts listening on the same port; while down, connections are refused. Received requests continue. */
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
  /** The requests since this start, oldest first, updated live. */
  readonly requests: readonly RecordedRequest[];
  /** The numbers of received and executed cancels since this start, for all or those whose `reason` contains `tag`. */
  readonly audit: (tag?: string) => CancelAudit;
  readonly end: () => Promise<void>;
}

/** Starts a simulator of i'mport with its rules, its texts and scripted faults. */
export async function startIamportSimulator(options: SimulatorOptions): Promise<IamportSimulator> {
  const parts = createParts(options);
  const { port, setDown, isDown } = await listen((request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(request, response, parts);
    else turnAway(response, refusal);
  });
  parts.bookkeeper.resume();
  const end = async (): Promise<void> => {
    parts.end();
    await setDown(true);
  };
  return { url: `http://127.0.0.1:${port}`, ...controls(parts), ...actions(parts), setDown, isDown, end };
}

/** The parts of a running simulator. */
interface Parts extends ExchangeDependencies {
  readonly store: PaymentStore;
  readonly webhooks: Webhooks;
  readonly bookkeeper: Bookkeeper;
  readonly tokens: TokenDesk;
  /** Ends all waits. */
  readonly end: () => void;
}

function createParts(options: SimulatorOptions): Parts {
  const { contracts = {}, noUidStatus = 200 } = options;
  const clock = new SimulatedClock(options.now ?? Date.now);
  const nowMs = (): number => clock.nowMs();
  const store = new PaymentStore(options.directory);
  const faults = new FaultQueue();
  const webhooks = new Webhooks(clock, faults, options);
  const log = new RequestLog();
  const executed = (requestId: string): void => log.executed(requestId);
  const bookkeeper = new Bookkeeper({ store, clock, webhooks, executed });
  const tokens = new TokenDesk(options, nowMs);
  const cancelDesk = new CancelDesk({ store, nowMs, bookkeeper, faults, contracts, noUidStatus });
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    clock.end();
    webhooks.end();
  };
  const api = new Api({ store, faults, nowMs, tokens, cancelDesk });
  return { api, log, ended: ended.signal, faults, store, clock, webhooks, bookkeeper, tokens, end };
}

/** The controls for tests and people. */
function controls({ store, clock, webhooks, tokens, faults, log }: Parts) {
  return {
    payment: (impUid) => {
      const payment = store.payments.get(impUid);
      return payment && toWire(payment);
    },
    payments: () => [...store.payments.values()].map(toWire),
    pending: (impUid) => pendingOf(store, impUid),
    script: (script) => faults.add(parseFaults(script)),
    faults: () => faults.list(),
    clearFaults: (which) => faults.clear(which),
    advance: async (ms) => {
      // A webhook in delivery may be due for a retry within the skipped time.
      await webhooks.idle();
      await clock.advance(ms);
      await webhooks.idle();
    },
    rotateSecret: (impKey, impSecret) => tokens.rotate({ impKey, impSecret }),
    revokeTokens: () => tokens.revoke(),
    requests: log.entries,
    audit: (tag) => log.audit(tag),
  } satisfies Partial<IamportSimulator>;
}

/** Actions of people and PGs on payments. */
function actions({ store, clock, bookkeeper, webhooks }: Parts) {
  const add = (input: PaymentInput): LedgerPayment => {
    const payment = parsePayment(input, clock.nowMs());
    if (store.payments.has(payment.impUid))
      throw new PaymentInputError('imp_uid', `${payment.impUid} exists already`);
    store.put(payment);
    return payment;
  };
  return {
    addPayment: (input) => toWire(add(input)),
    consoleCancel: async ({ imp_uid: impUid, ...cancel }) => {
      const booked = bookkeeper.consoleCancel(impUid, cancel);
      await booked.notify();
      return toWire(booked.payment);
    },
    undoCancel: (request) => toWire(bookkeeper.undoCancel(request)),
    payAgain: async (request) => {
      const payment = add(againOf(store, request));
      await webhooks.send(payment);
      return toWire(payment);
    },
    bookPending: (impUid) => bookkeeper.endPending('booked', impUid),
    refusePending: (impUid) => bookkeeper.endPending('refused', impUid),
    announce: async (impUid) => {
      const payment = store.payments.get(impUid);
      if (payment === undefined) throw new Error(`${impUid}: no such payment`);
      await webhooks.send(payment);
    },
  } satisfies Partial<IamportSimulator>;
}

function againOf(store: PaymentStore, request: PayAgain): PaymentInput {
  const [newest] = store.attempts(request.merchant_uid);
  if (newest === undefined) {
    throw new Error(`payAgain: ${request.merchant_uid} is no order of any payment`);
  }
  const { amount, pay_method, pg_provider, currency } = toWire(newest);
  return {
    ...newest.details,
    // `imp_` and twelve digits, as at i'mport.
    imp_uid: `imp_${String(randomInt(10 ** 12)).padStart(12, '0')}`,
    amount,
    pay_method,
    pg_provider,
    currency,
    ...request,
    merchant_uid: newest.merchantUid,
  };
}

function pendingOf({ payments }: PaymentStore, wanted: string | undefined): readonly PendingView[] {
  const among = [...payments.values()].filter(({ impUid }) => (wanted ?? impUid) === impUid);
  return among.flatMap(({ impUid, currency, pending }) =>
    pending.map(({ cancellationId, amount, reason, dueAtMs, isExecutedAtPg }) => ({
      imp_uid: impUid,
      cancellation_id: cancellationId,
      amount: toMajor(amount, currency),
      reason,
      due_at_ms: dueAtMs,
      executed_at_pg: isExecutedAtPg,
    })),
  );
}
