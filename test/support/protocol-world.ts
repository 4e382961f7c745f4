import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { paymentKey, refundKey } from '../../functions/ledger/keys.ts';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { planOf } from '../../functions/ledger/plans.ts';
import { refundFromItem } from '../../functions/ledger/refund-item.ts';
import type { RefundEvent } from '../../functions/protocol/events.ts';
import type { CancelCall, Surroundings } from '../../functions/protocol/ports.ts';
import { fingerprintOf, idFromBytes, refundIdForKey } from '../../functions/refund/identity.ts';
import type { CancelRequest } from '../../functions/refund/intent.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import type { LedgerItem, RequestedRefund } from '../../functions/refund/refund.ts';
import { waitsOf } from '../../functions/refund/times.ts';
import { Adversity, AdversityOfTable, type Fates } from './adversity.ts';
import { AdversityOfProvider } from './adversity-of-provider.ts';
import type { Run } from './explorer.ts';
import { FakeOrders, FakeTable, type Changed } from './fake-table.ts';
import { MORNING_MS, QUIET_MS, requested, SETTINGS, won } from './ledger-samples.ts';
import { ModelProvider, type ProviderOptions } from './model-provider.ts';

/** Longer than send window, G and clock skew together. */
export const AFTER_QUIET_MS = 240_000;
/** Longer than the time until people are asked. */
export const DRIFT_MS = 1_000_000;
/** Longer than the time between two looks. */
export const BETWEEN_LOOKS_MS = 31_000;
/** A function call lasts no longer. */
export const LASTS_MS = 28_000;
export const ORDER = 'order';
export const IMP_UID = `imp_${ORDER}`;
export const OTHER_IMP_UID = 'imp_other';
export const CUSTOMER = 'customer';

export interface WorldOptions extends Fates, Partial<Omit<ProviderOptions, 'merchantUid' | 'impUid'>> {
  /** An assumption of PROTOCOL about the provider is broken: G, or a PG is asynchronous and nobody knows. */
  readonly isBroken?: boolean;
  /** Starts with a refund of 2 (key `a`) whose worker is dead. */
  readonly begins?: Beginning;
  /** The order was paid twice: a second payment of the same amount. */
  readonly isPaidTwice?: boolean;
  /** The ledger lacks the payment at first. */
  readonly isNew?: boolean;
  /** Callers do not crash: each ends within its half minute, as a function does, before a quiet period has passed. */
  readonly isPrompt?: boolean;
  readonly pgsThatCancelLater?: readonly string[];
  /** The history never shows its hidden entries. */
  readonly hidesForEver?: boolean;
  /** All callers are one customer who has pressed the button repeatedly. */
  readonly isPressedTwice?: boolean;
}

/** A refund that is in flight at the beginning. */
export interface Beginning {
  /** How long ago it was claimed. */
  readonly agoMs: number;
  /** How long ago a first look found nothing. */
  readonly lookedAgoMs?: number;
  readonly request: 'never_sent' | 'lost' | 'under_way' | 'executed';
  /** Its worker had proven that nothing was sent, and that write has not arrived. */
  readonly isBeingReleased?: boolean;
  /** The table was restored to a moment within the claim and lacks the refund. */
  readonly isTorn?: boolean;
}

/** A request, and its refund. */
export interface Asked {
  /** One id for each payment that may be chosen: a request by order number may mean either. */
  readonly refundIds: readonly string[];
  readonly hasKey: boolean;
}

/** One order at the service and at the provider; the run controls every effect of every actor. */
export class ProtocolWorld {
  readonly table: FakeTable;
  readonly orders = new FakeOrders();
  readonly providers = new Map<string, ModelProvider>();
  readonly asked = new Map<string, Asked>();
  /** The running requests. */
  readonly callers: Promise<unknown>[] = [];
  readonly events: RefundEvent[] = [];
  /** How often a cancel of a refund was sent: never more than once. */
  readonly sends = new Map<string, number>();
  /** The changes of every item in order, as the table's stream has them. */
  readonly changes: Changed[] = [];
  /** Broken promises that are visible only at one moment. */
  readonly violations: string[] = [];
  readonly adversity: Adversity;
  readonly options: WorldOptions;
  readonly quietPeriodMs = QUIET_MS;
  /** The start of a working day in Seoul, so that no rule of months applies. */
  nowMs = MORNING_MS;
  readonly run: Run;
  readonly #tables: AdversityOfTable;
  readonly #gateways: AdversityOfProvider;
  readonly #tokens = new Map<string, string>();
  /** Per actor: when its claim was applied, and when it last read the order item. */
  readonly #claimed = new Map<string, number>();
  readonly #orderRead = new Map<string, { readonly at: number; readonly owner: string | undefined }>();
  #moment = 0;

  constructor(run: Run, options: WorldOptions) {
    this.run = run;
    this.options = options;
    run.clock = () => this.nowMs;
    this.table = new FakeTable(() => this.nowMs);
    this.table.watched = (changed, { what, token }) => this.#watch(changed, what, token);
    this.adversity = new Adversity(run, options);
    this.#tables = new AdversityOfTable(this.adversity, this.table, this);
    this.#gateways = new AdversityOfProvider(this);
    this.orders.put({ merchant_uid: ORDER, customer_id: CUSTOMER });
    const { paid = 4 } = options;
    for (const impUid of options.isPaidTwice === true ? [IMP_UID, OTHER_IMP_UID] : [IMP_UID])
      this.providers.set(impUid, new ModelProvider({ ...options, merchantUid: ORDER, impUid, paid }));
  }

  /** Must be awaited before the run is played: the ledger is filled by its own writes. */
  async begin(): Promise<void> {
    const ledger = this.table.ledger();
    for (const provider of this.options.isNew === true ? [] : this.providers.values()) {
      const write = { kind: 'import', provider: provider.snapshot(), atMs: this.nowMs - 60_000 } as const;
      await ledger.write(write, provider.options.impUid);
    }
    const payment = await ledger.payment({ merchantUid: ORDER, impUid: IMP_UID });
    const { begins } = this.options;
    if (begins === undefined || payment === undefined) return;
    const atMs = this.nowMs - begins.agoMs;
    const { amount: checksum } = payment;
    const refundId = this.refundId('a');
    const times = { claimedAtMs: atMs, requestedAtMs: atMs, resolveAtMs: atMs };
    const names = { merchantUid: ORDER, impUid: IMP_UID, refundId };
    const fingerprint = fingerprintOf('a', requestOf({ merchantUid: ORDER }, 'a', 2));
    const looked = begins.lookedAgoMs === undefined ? {} : { lookedAtMs: this.nowMs - begins.lookedAgoMs };
    const refund = requested({ ...names, ...times, ...looked, amount: won(2), checksum, fingerprint });
    const lastWish = { refundId, wish: 'wish', atMs };
    await ledger.write({ kind: 'claim', payment, refund, lastWish }, 'begin');
    if (begins.isTorn === true) this.table.lose(refundKey(refund));
    this.#goesOn(begins, payment, refund);
  }

  /** What the dead worker had started. */
  #goesOn(
    { request, isBeingReleased, agoMs }: Beginning,
    payment: Payment,
    { resolveAtMs: _due, lookedAtMs: _seen, ...refund }: RequestedRefund,
  ): void {
    if (isBeingReleased === true) {
      const released = {
        ...refund,
        status: 'not_sent',
        finishedAtMs: this.nowMs,
        cause: 'too late',
      } as const;
      const changes = planOf({ kind: 'not_sent', payment, refund: released });
      const apply = (): void => void this.table.apply({ what: 'not_sent', changes, token: 'release' });
      this.adversity.hold('the write of not_sent', {}, apply);
    }
    if (request === 'never_sent') return;
    this.sends.set(refund.refundId, 1);
    if (request === 'lost') return;
    const { amount, checksum, refundId, impUid, currency } = refund;
    const rest = { passedOn: {}, requester: 'customer', timeoutMs: 0, sendBeforeMs: 0 } as const;
    const call: CancelCall = { impUid, currency, amount, checksum, refundId, ...rest };
    const execute = (): void => void this.provider.process(call, this.nowMs);
    if (request === 'executed') execute();
    else this.adversity.hold('the request', { call, byMs: this.nowMs - agoMs + QUIET_MS }, execute);
  }

  get provider(): ModelProvider {
    return this.providerOf(IMP_UID);
  }

  providerOf(impUid: string): ModelProvider {
    const provider = this.providers.get(impUid);
    assert(provider, `no payment ${impUid}`);
    return provider;
  }

  /** The refund of a key of the customer. */
  refundId(key: string, { sub = CUSTOMER, impUid = IMP_UID } = {}): string {
    return refundIdForKey(impUid, sub, key);
  }

  state(): unknown {
    const providers = [...this.providers.values()].map(({ books, accepted, executed, past }) => [
      books,
      accepted.map(({ call, willBook }) => [call.refundId, willBook]),
      executed,
      past.length,
    ]);
    const { items } = this.table;
    const network = [this.adversity.state(), this.#tables.state(), this.#gateways.state()];
    const sends = [...this.sends];
    return [items, this.orders.word(ORDER), providers, this.nowMs, network, sends, this.violations];
  }

  async payments(): Promise<readonly Payment[]> {
    return this.table.ledger().payments(ORDER);
  }

  async items(payment: Payment): Promise<readonly LedgerItem[]> {
    return this.table.ledger().allRefunds(payment);
  }

  item(impUid: string, refundId: string): LedgerItem | undefined {
    const item = this.table.item(refundKey({ merchantUid: ORDER, impUid, refundId }));
    return item && refundFromItem(item);
  }

  afterG(impUid: string): string | undefined {
    const refundId = this.table.item(paymentKey({ merchantUid: ORDER, impUid }))?.['in_flight'];
    const refund = typeof refundId === 'string' ? this.item(impUid, refundId) : undefined;
    if (refund?.status !== 'requested') return undefined;
    const isAfterG = this.nowMs > refund.claimedAtMs + waitsOf(QUIET_MS).deadAfterMs;
    return isAfterG ? `${refund.refundId} ${refund.gen}` : undefined;
  }

  /** Checks each promise about a cancel at the moment of sending. */
  leaves(name: string, { impUid, refundId, sendBeforeMs }: CancelCall): void {
    const times = (this.sends.get(refundId) ?? 0) + 1;
    this.sends.set(refundId, times);
    if (times > 1) this.violations.push(`${refundId} was sent ${times} times`);
    const refund = this.item(impUid, refundId);
    if (refund?.status !== 'requested') {
      this.violations.push(`${refundId} was sent while it was ${refund?.status ?? 'nowhere'}`);
      return;
    }
    if (this.options.isBroken !== true && this.#isAnotherAlive(impUid, refundId))
      this.violations.push(`${refundId} was sent while another request could still be executed`);
    if (sendBeforeMs > refund.claimedAtMs + 10_000) this.violations.push(`${refundId} may leave too late`);
    const read = this.#orderRead.get(name);
    const claimedAt = this.#claimed.get(name);
    const isOwner = refund.actor.kind === 'staff' || read?.owner === refund.actor.sub;
    if (read === undefined || claimedAt === undefined || read.at < claimedAt || !isOwner)
      this.violations.push(`${name} sent ${refundId} and did not know the owner`);
  }

  #isAnotherAlive(impUid: string, refundId: string): boolean {
    const { accepted } = this.providerOf(impUid);
    const waiting = [
      ...accepted.map(({ call }) => call),
      ...this.adversity.held.flatMap(({ call }) => call ?? []),
    ];
    return waiting.some((call) => call.impUid === impUid && call.refundId !== refundId);
  }

  /** Promises about the ledger after every write. */
  #watch(changed: readonly Changed[], what: string, token: string): void {
    this.#moment += 1;
    this.changes.push(...changed);
    if (what === 'claim') this.#claimed.set(this.#tokens.get(token) ?? '', this.#moment);
    for (const { before, after } of changed) {
      const [l0, l1] = [Number(before?.['cancel_amount'] ?? 0), Number(after['cancel_amount'] ?? 0)];
      const isHead = String(after['sk']).startsWith('payment#');
      if (isHead && l1 < l0 && what !== 'undo') this.violations.push(`${what} lowers the balance`);
      const { refund_id: id, status } = after;
      const wasToldNotDone = NOT_DONE.has(String(before?.['status']));
      if (wasToldNotDone && status === 'cancelled' && this.options.isBroken !== true)
        this.violations.push(`${String(id)} was told as not done, and is cancelled by ${what}`);
      if (status === 'not_sent' && this.sends.has(String(id)))
        this.violations.push(`${String(id)} was sent, and is told as not sent`);
    }
    for (const { options } of this.providers.values()) this.#oneInFlight(what, options.impUid);
  }

  /** HEAD names exactly the one refund that is requested. */
  #oneInFlight(what: string, impUid: string): void {
    const head = this.table.item(paymentKey({ merchantUid: ORDER, impUid }));
    const open = this.table.items.filter(
      ({ status, imp_uid: of }) => status === 'requested' && of === impUid,
    );
    const requestedIds = JSON.stringify(open.map(({ refund_id: id }) => id));
    const named = JSON.stringify(head?.['in_flight'] === undefined ? [] : [head['in_flight']]);
    const isTorn = this.options.begins?.isTorn === true && open.length === 0;
    if (requestedIds !== named && !isTorn)
      this.violations.push(`after ${what} ${requestedIds} is requested, and ${named} in flight`);
  }

  /** The world as an actor of the run sees it; without failures once the run is over. */
  as(name: string): Surroundings {
    let ids = 0;
    const until: Surroundings['until'] = async (atMs, signal) => {
      // The last moment of a live caller: a caller not answered by then gets no answer, which a crash covers.
      if (signal !== undefined) return new Promise(() => undefined);
      return this.run.step(name, 'waits', () => {
        // Fires late, so that no time-out lengthens a schedule.
        this.nowMs = Math.max(this.nowMs, atMs) + 2_500;
      });
    };
    const orders = this.#tables.orders(name, this.orders, () => {
      this.#moment += 1;
      this.#orderRead.set(name, { at: this.#moment, owner: this.orders.word(ORDER)?.customerId });
    });
    return {
      ledger: ledgerOn(this.#tables.table(name)),
      orders,
      until,
      gateway: this.#gateways.gateway(name),
      now: () => this.nowMs,
      newId: () => {
        ids += 1;
        const id = nameOf(name, ids);
        this.#tokens.set(id, name);
        return id;
      },
      report: (event) => this.events.push(event),
      settings: { ...SETTINGS, pgsThatCancelLater: new Set(this.options.pgsThatCancelLater) },
    };
  }
}

const NOT_DONE: ReadonlySet<string> = new Set(['rejected', 'not_executed', 'not_sent']);

/** A request of a customer or of staff. */
export function requestOf(
  named: { readonly merchantUid?: string; readonly impUid?: string },
  key: string | undefined,
  amount: number | undefined,
  isStaff = false,
): CancelRequest {
  return {
    ...named,
    account: {},
    passedOn: {},
    actor: isStaff ? { kind: 'staff', sub: 'staff' } : { kind: 'customer', sub: CUSTOMER },
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(amount === undefined ? {} : { amount }),
  };
}

const NAMES = new Map<string, string>();

/** The same in every run: a refund's id, when no key determines it, is the first name that its worker makes. */
export function nameOf(actor: string, count: number): string {
  const of = `${actor} ${count}`;
  const name = NAMES.get(of) ?? idFromBytes(createHash('sha256').update(of).digest());
  NAMES.set(of, name);
  return name;
}
