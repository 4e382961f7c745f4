import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Tokens } from './api.ts';
import { SimulatedClock } from './clock.ts';
import { FaultQueue, type WhichFaults } from './fault-queue.ts';
import { type Fault, parseFaults } from './faults.ts';
import {
  type HeldPayment,
  type IamportPayment,
  parsePayment,
  type PaymentInput,
  PaymentInputError,
  toMajor,
} from './payment.ts';
import { type ConsoleCancel, Payments, type UndoCancel } from './payments.ts';
import { type RecordedRequest, RequestLog } from './request-log.ts';
import { exchange, listen, turnAway } from './server.ts';
import { type WebhookOptions, Webhooks } from './webhooks.ts';

export {
  type Fault,
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultName,
  FaultScriptError,
  parseFaults,
} from './faults.ts';
export { type IamportPayment, type PaymentInput, PaymentInputError } from './payment.ts';
export { CONSOLE_REASON } from './texts.ts';

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

/** The parts of a simulator. */
export interface World {
  readonly options: SimulatorOptions;
  readonly payments: Payments;
  readonly clock: SimulatedClock;
  readonly faults: FaultQueue;
  readonly webhooks: Webhooks;
  readonly tokens: Tokens;
  readonly log: RequestLog;
  /** Aborted when the simulator ends. */
  readonly ended: AbortSignal;
}

/** Starts a simulator of i'mport with its rules, its texts and scripted faults. */
export async function startIamportSimulator(options: SimulatorOptions) {
  const ending = new AbortController();
  const ended = ending.signal;
  const clock = new SimulatedClock(options.now ?? Date.now);
  const faults = new FaultQueue();
  const log = new RequestLog();
  const webhooks = new Webhooks(clock, faults, { ...options, ended });
  const executed = (requestId: string): void => log.executed(requestId);
  const payments = new Payments({ directory: options.directory, clock, webhooks, executed });
  const tokens = new Tokens(options, clock);
  const world: World = { options, payments, clock, faults, webhooks, tokens, log, ended };
  const { port, setDown, isDown } = await listen((request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(world, request, response);
    else turnAway(response, refusal);
  });
  return {
    /** Without a trailing slash. */
    url: `http://127.0.0.1:${port}`,
    ...controls(world),
    ...actions(world),
    /** While down, connections are refused; received requests continue. It comes back on the same port. */
    setDown,
    isDown,
    end: async (): Promise<void> => {
      ending.abort();
      clock.end();
      await setDown(true);
    },
  };
}

/** What tests and people see and set. */
function controls({ payments, clock, tokens, faults, log }: World) {
  return {
    payment: (impUid: string): IamportPayment | undefined => payments.get(impUid)?.shown,
    payments: (): readonly IamportPayment[] => payments.all().map(({ shown }) => shown),
    /** Pending cancels: accepted, held back, or executed by the PG without i'mport's knowledge. */
    pending: (impUid?: string) => payments.all(impUid).flatMap(pendingOf),
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

function pendingOf({ shown: { imp_uid, currency }, pending }: HeldPayment) {
  return pending.map(({ cancellationId, amount, reason, dueAtMs, isExecutedAtPg }) => ({
    imp_uid,
    cancellation_id: cancellationId,
    amount: toMajor(amount, currency),
    reason,
    /** Simulated time, ms since the epoch; null: on a trigger. */
    due_at_ms: dueAtMs,
    executed_at_pg: isExecutedAtPg,
  }));
}

/** Actions of people and PGs on payments. Each resolves when its webhook was delivered or has failed. */
function actions({ payments, clock, webhooks }: World) {
  const add = (input: PaymentInput): HeldPayment => {
    const payment = parsePayment(input, clock.nowMs());
    const { imp_uid: impUid } = payment.shown;
    if (payments.get(impUid) !== undefined)
      throw new PaymentInputError('imp_uid', `${impUid} exists already`);
    payments.put(payment);
    return payment;
  };
  return {
    /** Sends no webhook. @throws PaymentInputError naming the field and its rule */
    addPayment: (input: PaymentInput) => add(input).shown,
    /** Pays an order again, with a payment like its newest one. @throws Error if there is no such order */
    payAgain: async (request: PayAgain): Promise<IamportPayment> => {
      const payment = add(againOf(payments, request));
      await webhooks.send(payment);
      return payment.shown;
    },
    /** Cancels as in i'mport's console, or as by another tool with its own reason. */
    consoleCancel: async (request: ConsoleCancel): Promise<IamportPayment> => {
      const { payment, notify } = payments.consoleCancel(request);
      await notify();
      return payment.shown;
    },
    /** Undoes a cancel (원복): cancel_amount falls, and no webhook is sent. @throws Error if there is none */
    undoCancel: (request: UndoCancel) => payments.undoCancel(request).shown,
    /** Books the pending cancels; returns how many. */
    bookPending: (impUid?: string) => payments.endPending('booked', impUid),
    /** The PG refuses the pending cancels, without webhooks; returns how many. */
    refusePending: (impUid?: string) => payments.endPending('refused', impUid),
    /** Sends the webhook for the current status, e.g. "paid" after `addPayment`. */
    announce: async (impUid: string): Promise<void> => {
      const payment = payments.get(impUid);
      if (payment === undefined) throw new Error(`${impUid}: no such payment`);
      await webhooks.send(payment);
    },
  };
}

function againOf(payments: Payments, request: PayAgain): PaymentInput {
  const [newest] = payments.attempts(request.merchant_uid);
  if (newest === undefined) throw new Error(`payAgain: ${request.merchant_uid} is no order of any payment`);
  return {
    ...newest.shown,
    // `imp_` and twelve digits, as at i'mport.
    imp_uid: `imp_${String(randomInt(10 ** 12)).padStart(12, '0')}`,
    ...request,
    merchant_uid: newest.shown.merchant_uid,
    status: 'paid',
    cancel_amount: 0,
    cancel_history: [],
    started_at: undefined,
    paid_at: undefined,
  };
}
