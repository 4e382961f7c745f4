import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Api, TokenEndpoint } from './api.ts';
import { PaymentWriter, type ConsoleCancel, type UndoCancel } from './payment-writer.ts';
import { CancelEndpoint } from './cancel-endpoint.ts';
import { SimulatedClock } from './clock.ts';
import { FaultQueue, type WhichFaults } from './fault-queue.ts';
import { type Fault, parseFaults } from './faults.ts';
import { type LedgerPayment, toMajor } from './payment.ts';
import { parsePayment, type PaymentInput, PaymentInputError } from './payment-input.ts';
import { PaymentStore } from './payment-store.ts';
import { exchange, listen, type RecordedRequest, RequestLog, turnAway } from './server.ts';
import { type WebhookOptions, Webhooks } from './webhooks.ts';
import { type IamportPayment, toWire } from './wire.ts';

export { FAULT_NAMES, FAULT_TABLE, type FaultName } from './fault-table.ts';
export { type Fault, FaultScriptError, parseFaults } from './faults.ts';
export { type PaymentInput, PaymentInputError } from './payment-input.ts';
export { CONSOLE_REASON, PG_TEXTS } from './texts.ts';
export type { IamportPayment } from './wire.ts';

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
  /** KCP's contracts for phone payments. @default false */
  readonly hasKcpPhoneContract?: boolean;
  /** Returns why a request is refused before it is read, e.g. one from a web page. @default - none is refused */
  readonly guard?: (request: IncomingMessage) => string | undefined;
  /** HTTP status if a cancel names no payment. @default 200 */
  readonly noUidStatus?: 200 | 400;
}

export type IamportSimulator = Awaited<ReturnType<typeof startIamportSimulator>>;

/** Starts a simulator of i'mport with its rules, its texts and scripted faults. */
export async function startIamportSimulator(options: SimulatorOptions) {
  const parts = createParts(options);
  const { port, setDown, isDown } = await listen((request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(request, response, parts);
    else turnAway(response, refusal);
  });
  parts.writer.resume();
  return {
    /** Without a trailing slash. */
    url: `http://127.0.0.1:${port}`,
    ...controls(parts),
    ...actions(parts),
    /** While down, connections are refused; received requests continue. It comes back on the same port. */
    setDown,
    isDown,
    end: async (): Promise<void> => {
      parts.end();
      await setDown(true);
    },
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: SimulatorOptions) {
  const { hasKcpPhoneContract = false, noUidStatus = 200 } = options;
  const ending = new AbortController();
  const ended = ending.signal;
  const clock = new SimulatedClock(options.now ?? Date.now);
  const store = new PaymentStore(options.directory);
  const faults = new FaultQueue();
  const webhooks = new Webhooks(clock, faults, { ...options, ended });
  const log = new RequestLog();
  const executed = (requestId: string): void => log.executed(requestId);
  const writer = new PaymentWriter({ store, clock, webhooks, executed });
  const tokens = new TokenEndpoint(options, clock);
  const parts = { store, clock, faults, webhooks, log, writer, tokens, ended };
  const cancelEndpoint = new CancelEndpoint({ ...parts, hasKcpPhoneContract, noUidStatus });
  const end = (): void => {
    ending.abort();
    clock.end();
  };
  return { ...parts, api: new Api({ ...parts, cancelEndpoint }), end };
}

/** What tests and people see and set. */
function controls({ store, clock, tokens, faults, log }: Parts) {
  return {
    payment: (impUid: string): IamportPayment | undefined => {
      const payment = store.payments.get(impUid);
      return payment && toWire(payment);
    },
    payments: (): readonly IamportPayment[] => [...store.payments.values()].map(toWire),
    /** Pending cancels: accepted, held back, or executed by the PG without i'mport's knowledge. */
    pending: (impUid?: string) => pendingOf(store, impUid),
    /** Queues faults, see FAULT_TABLE. @throws FaultScriptError naming the field and its rule */
    script: (script: Fault | readonly Fault[]) => faults.add(parseFaults(script)),
    faults: () => faults.list(),
    /** Removes the matching faults, or all. */
    clearFaults: (which?: WhichFaults) => faults.clear(which),
    /** Moves simulated time forward; all cancels, bookings and webhooks due by then are done when it resolves. */
    advance: (ms: number) => clock.advance(ms),
    rotateSecret: (impKey: string, impSecret: string) => tokens.rotate({ impKey, impSecret }),
    revokeTokens: () => tokens.revoke(),
    /** The requests since this start, oldest first, updated live. */
    requests: log.entries as readonly RecordedRequest[],
    /** The numbers of received and executed cancels since this start, for all or those whose `reason` contains `tag`. */
    audit: (tag?: string) => log.audit(tag),
  };
}

/** Actions of people and PGs on payments. Each resolves when its webhook was delivered or has failed. */
function actions({ store, clock, writer, webhooks }: Parts) {
  const add = (input: PaymentInput): LedgerPayment => {
    const payment = parsePayment(input, clock.nowMs());
    if (store.payments.has(payment.impUid))
      throw new PaymentInputError('imp_uid', `${payment.impUid} exists already`);
    store.put(payment);
    return payment;
  };
  return {
    /** Sends no webhook. @throws PaymentInputError naming the field and its rule */
    addPayment: (input: PaymentInput) => toWire(add(input)),
    /** Pays an order again, with a payment like its newest one. @throws Error if there is no such order */
    payAgain: async (request: PayAgain): Promise<IamportPayment> => {
      const payment = add(againOf(store, request));
      await webhooks.send(payment);
      return toWire(payment);
    },
    /** Cancels as in i'mport's console, or as by another tool with its own reason. */
    consoleCancel: async ({ imp_uid: impUid, ...cancel }: ConsoleCancel & { readonly imp_uid: string }) => {
      const booked = writer.consoleCancel(impUid, cancel);
      await booked.notify();
      return toWire(booked.payment);
    },
    /** Undoes a cancel (원복): cancel_amount falls, and no webhook is sent. @throws Error if there is none */
    undoCancel: (request: UndoCancel) => toWire(writer.undoCancel(request)),
    /** Books the pending cancels; returns how many. */
    bookPending: (impUid?: string) => writer.endPending('booked', impUid),
    /** The PG refuses the pending cancels, without webhooks; returns how many. */
    refusePending: (impUid?: string) => writer.endPending('refused', impUid),
    /** Sends the webhook for the current status, e.g. "paid" after `addPayment`. */
    announce: async (impUid: string): Promise<void> => {
      const payment = store.payments.get(impUid);
      if (payment === undefined) throw new Error(`${impUid}: no such payment`);
      await webhooks.send(payment);
    },
  };
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

function pendingOf({ payments }: PaymentStore, wanted: string | undefined) {
  const among = [...payments.values()].filter(({ impUid }) => (wanted ?? impUid) === impUid);
  return among.flatMap(({ impUid, currency, pending }) =>
    pending.map(({ cancellationId, amount, reason, dueAtMs, isExecutedAtPg }) => ({
      imp_uid: impUid,
      cancellation_id: cancellationId,
      amount: toMajor(amount, currency),
      reason,
      /** Simulated time, ms since the epoch; null: on a trigger. */
      due_at_ms: dueAtMs,
      executed_at_pg: isExecutedAtPg,
    })),
  );
}
