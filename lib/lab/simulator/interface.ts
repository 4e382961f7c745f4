import type { IncomingMessage } from 'node:http';
import type { ConsoleCancel, UndoCancel } from './bookkeeper.ts';
import type { Contracts } from './pg-rules.ts';
import type { Fault, ScriptedFault, WhichFaults } from './faults.ts';
import type { IamportPayment } from './payment.ts';
import type { PaymentInput } from './payment-input.ts';
import type { CancelAudit, RecordedRequest } from './server.ts';
import type { WebhookOptions } from './webhooks.ts';

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
  /** On 127.0.0.1. @default 0 - any free port */
  readonly port?: number;
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
