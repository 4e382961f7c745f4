import type { IncomingMessage } from 'node:http';
import { createApi } from './api.ts';
import { Bookkeeper } from './bookkeeper.ts';
import { CancelDesk } from './cancel-desk.ts';
import { SimulatedClock } from './clock.ts';
import { exchange, type ExchangeDependencies } from './exchange.ts';
import { createFaultQueue } from './fault-queue.ts';
import type { Fault } from './faults.ts';
import { openPaymentStore, type PaymentStore } from './journal.ts';
import type { IamportPayment } from './payment.ts';
import { PaymentInputError } from './payment-fields.ts';
import { parsePayment, type PaymentInput } from './payment-input.ts';
import type { Contracts } from './pg-rules.ts';
import { createRaceGate } from './race-gate.ts';
import { createRequestLog, type RecordedRequest } from './request-log.ts';
import { listen, turnAway } from './server.ts';
import { createTokenDesk, type TokenDesk } from './tokens.ts';
import { noteOf, type WebhookOptions, Webhooks } from './webhooks.ts';
import { toWire } from './wire.ts';

export { FaultScriptError, parseFaults } from './fault-script.ts';
export { FAULT_NAMES, type Fault, type FaultName } from './faults.ts';
export type { CancelHistoryEntry, IamportPayment, PaymentStatus } from './payment.ts';
export { PaymentInputError } from './payment-fields.ts';
export type { PaymentInput } from './payment-input.ts';
export type { RecordedRequest } from './request-log.ts';
export { CONSOLE_REASON, PG_TEXTS, TEXTS } from './texts.ts';
export type { WebhookNote, WebhookOptions } from './webhooks.ts';

export interface SimulatorOptions {
  /** On 127.0.0.1. @default 0 - any free port */
  readonly port?: number;
  readonly impKey: string;
  readonly impSecret: string;
  /** ms since the epoch. @default Date.now */
  readonly now?: () => number;
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
}

export interface IamportSimulator {
  /** `http://127.0.0.1:port`, without a trailing slash. */
  readonly url: string;
  /** @throws PaymentInputError naming the field and its rule */
  readonly addPayment: (payment: PaymentInput) => IamportPayment;
  readonly payment: (impUid: string) => IamportPayment | undefined;
  readonly payments: () => readonly IamportPayment[];
  /** Queues bad moments. @throws FaultScriptError naming the field and its rule */
  readonly script: (faults: Fault | readonly Fault[]) => void;
  readonly faults: () => readonly Fault[];
  readonly clearFaults: () => void;
  /**
   * A cancel made by hand in i'mport's console. Resolves when its webhook was delivered or given up.
   * `amount` in major units. @default - all that is left
   */
  readonly consoleCancel: (request: {
    readonly imp_uid: string;
    readonly amount?: number;
  }) => Promise<IamportPayment>;
  /** Books what asynchronous PGs hold, with its webhooks; returns how many cancels were booked. */
  readonly bookPending: (impUid?: string) => Promise<number>;
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
  /** The last 1,000, oldest first; live. */
  readonly requests: readonly RecordedRequest[];
  readonly end: () => Promise<void>;
}

/** Starts an i'mport of one's own: its rules, its texts and its bad days. */
export async function startIamportSimulator(options: SimulatorOptions): Promise<IamportSimulator> {
  const parts = createParts(options);
  const listener = await listen(options.port ?? 0, (request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(request, response, parts);
    else turnAway(response, refusal);
  });
  parts.bookkeeper.resume();
  return { url: `http://127.0.0.1:${listener.port}`, ...controls(parts), setDown: listener.setDown, end };

  async function end(): Promise<void> {
    parts.end();
    await listener.end();
    parts.store.end();
  }
}

interface Parts extends ExchangeDependencies {
  readonly store: PaymentStore;
  readonly webhooks: Webhooks;
  readonly bookkeeper: Bookkeeper;
  readonly tokens: TokenDesk;
  /** Lets go of everything that waits. */
  readonly end: () => void;
}

function createParts(options: SimulatorOptions): Parts {
  const { contracts = {}, noUidStatus = 200 } = options;
  const store = openPaymentStore(options.directory);
  const clock = new SimulatedClock(options.now ?? Date.now);
  const webhooks = new Webhooks(clock, { url: options.webhookUrl });
  const bookkeeper = new Bookkeeper(store, clock, webhooks);
  const tokens = createTokenDesk(options, () => clock.nowMs());
  const raceGate = options.concurrency === 'race' ? createRaceGate() : undefined;
  const cancelDesk = new CancelDesk({ store, clock, bookkeeper, contracts, raceGate, noUidStatus });
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    clock.end();
    webhooks.end();
    raceGate?.end();
  };
  return {
    api: createApi({ store, tokens, cancelDesk }),
    faults: createFaultQueue(),
    log: createRequestLog(),
    ended: ended.signal,
    store,
    clock,
    webhooks,
    bookkeeper,
    tokens,
    end,
  };
}

function controls(parts: Parts): Omit<IamportSimulator, 'url' | 'setDown' | 'end'> {
  const { store, clock, webhooks, bookkeeper, tokens, faults, log } = parts;
  return {
    addPayment: (payment) => addPayment(store, payment, clock.nowMs()),
    payment: (impUid) => wirePayment(store, impUid),
    payments: () => [...store.payments.values()].map(toWire),
    script: faults.add,
    faults: faults.list,
    clearFaults: faults.clear,
    consoleCancel: async ({ imp_uid, amount }) => {
      const booked = bookkeeper.consoleCancel(imp_uid, amount);
      await booked.notify();
      return toWire(booked.payment);
    },
    bookPending: (impUid) => bookkeeper.bookPending(impUid),
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

function addPayment(store: PaymentStore, input: PaymentInput, nowMs: number): IamportPayment {
  const payment = parsePayment(input, nowMs);
  if (store.payments.has(payment.impUid)) {
    throw new PaymentInputError('imp_uid', `${payment.impUid} exists already`);
  }
  store.put(payment);
  return toWire(payment);
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
