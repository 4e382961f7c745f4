import assert from 'node:assert/strict';
import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import { closeRefund, type CloseResult } from '../../functions/protocol/close.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import type { PaymentsStore, Surroundings } from '../../functions/protocol/ports.ts';
import { readPayment } from '../../functions/protocol/read.ts';
import { hearWebhook } from '../../functions/protocol/webhook.ts';
import { refundIdForKey } from '../../functions/refund/identity.ts';
import type { Actor } from '../../functions/refund/payment.ts';
import type { RefundSettings } from '../../functions/refund/settings.ts';
import { Adversity, type Fates } from './adversity.ts';
import type { Run } from './explorer.ts';
import { shopItem, type Item } from './memory-store.ts';
import { ModelProvider, type ProviderOptions } from './model-provider.ts';
import { MORNING_MS, samplePending, won } from './samples.ts';
import { WatchedStore } from './watched-store.ts';

export const QUIET_MS = 180_000;
/** Longer than send window, G and clock skew together. */
export const AFTER_QUIET_MS = 240_000;
/** Longer than people wait before they are asked. */
export const DRIFT_MS = 1_000_000;
export const ORDER = 'order';
const OTHER = 'imp_other';
export const IMP_UID = `imp_${ORDER}`;
const PAYMENT = { merchantUid: ORDER, impUid: IMP_UID };

export interface WorldOptions extends Fates, Partial<Omit<ProviderOptions, 'merchantUid' | 'impUid'>> {
  readonly item?: Item;
  readonly settings?: Partial<RefundSettings>;
  /** G is broken: what the network holds is not delivered before it is over. */
  readonly breaksQuiet?: boolean;
  /** Begins with a refund of 2 (key `a`) that a dead worker has reserved long ago; nothing was sent. */
  readonly abandoned?: boolean;
  /** The order was paid twice: a second payment of the same amount. */
  readonly paidTwice?: boolean;
  /** Named by a deployer for this PG. */
  readonly named?: 'drops_reasons' | 'checks_balance';
  /** Callers live: each has ended, as a function does within its half minute, before a quiet period goes by. */
  readonly prompt?: boolean;
  /** The shop writes over our item: what was not proven at that moment is lost with it. */
  readonly shopOverwrites?: boolean;
}

/** Somebody's request, and which refund it is. */
export interface Asked {
  /** One for each payment that it may be for: a request by order number may mean either. */
  readonly refundIds: readonly string[];
}

interface CallerOptions {
  readonly staff?: boolean;
  readonly impUid?: string;
  /** Waits in line for so many looks, as staff do. */
  readonly byOrder?: boolean;
}

/** One order at the service and at the provider, with every effect of every actor under the run's control. */
export class ProtocolWorld {
  readonly store: WatchedStore;
  readonly providers = new Map<string, ModelProvider>();
  readonly asked = new Map<string, Asked>();
  /** What the shop has thrown away: only proof brings it back. */
  readonly forgotten = new Set<string>();
  readonly adversity: Adversity;
  readonly options: WorldOptions;
  /** The very beginning of a working day in Seoul, so that no rule of months gets in the way. */
  nowMs = MORNING_MS;
  readonly run: Run;
  readonly #callers: Promise<unknown>[] = [];
  #others = 0;

  constructor(run: Run, options: WorldOptions) {
    this.run = run;
    this.options = options;
    const { breaksQuiet = false, shopOverwrites = false } = options;
    this.store = new WatchedStore(this.providers, breaksQuiet || shopOverwrites);
    run.clock = () => this.nowMs;
    this.adversity = new Adversity(run, options, () => this.nowMs);
    const { paid = 4, pgProvider, item } = options;
    for (const impUid of options.paidTwice === true ? [IMP_UID, OTHER] : [IMP_UID]) {
      this.providers.set(impUid, new ModelProvider({ ...options, merchantUid: ORDER, impUid, paid }));
      const pg = pgProvider === undefined ? {} : { pg_provider: pgProvider };
      this.store.put(shopItem(ORDER, { imp_uid: impUid, amount: paid, ...pg, ...item }));
    }
  }

  get provider(): ModelProvider {
    return this.providerOf(IMP_UID);
  }

  providerOf(impUid: string): ModelProvider {
    const provider = this.providers.get(impUid);
    assert(provider, `no payment ${impUid}`);
    return provider;
  }

  /** To be awaited before the run plays: the reservation goes through the store's own write. */
  async abandon(): Promise<void> {
    if (this.options.abandoned !== true) return;
    const [payment] = (await this.store.order(ORDER)).payments;
    assert(payment);
    const claimedAtMs = this.nowMs - AFTER_QUIET_MS;
    const refundId = refundIdForKey(PAYMENT, 'customer', 'a');
    const { amount: checksum } = payment;
    const times = { claimedAtMs, requestedAtMs: claimedAtMs, resolveAtMs: claimedAtMs };
    const pending = samplePending({ refundId, amount: won(2), checksum, ...times });
    await this.store.write({ kind: 'claim', payment, pending, evict: [] });
  }

  state(): unknown {
    const providers = [...this.providers.values()].map(({ history, accepted, executed }) => [
      history,
      accepted.map(({ call, willBook }) => [call.pending, willBook]),
      executed,
    ]);
    const { misfortunes, held } = this.adversity;
    return [[...this.store.items], providers, this.nowMs, misfortunes, held.length];
  }

  /** A request; the key decides which refund it is. */
  caller(name: string, key: string, amount: number | undefined, options: CallerOptions = {}): void {
    const { staff = false, impUid, byOrder = false } = options;
    const actor: Actor = staff ? { kind: 'staff', sub: 'staff' } : { kind: 'customer', sub: 'customer' };
    const meant = byOrder ? [...this.providers.keys()] : [impUid ?? IMP_UID];
    const refundIds = meant.map((each) => refundIdForKey({ ...PAYMENT, impUid: each }, actor.sub, key));
    this.asked.set(name, { refundIds });
    const named = byOrder || impUid === undefined ? { merchantUid: ORDER } : { impUid };
    const request = {
      ...named,
      account: {},
      passedOn: {},
      idempotencyKey: key,
      actor,
      ...(amount === undefined ? {} : { amount }),
    };
    const run = async (): Promise<CancelResult> => {
      const result = await cancelPayment(request, this.nowMs + 28_000, this.controlled(name));
      return this.run.step(name, 'answers', () => result);
    };
    this.run.spawn({
      name,
      run: async () => {
        const running = run();
        this.#callers.push(running);
        return running;
      },
    });
  }

  resolver(name: string): void {
    this.#worker(name, async (world) => {
      const [payment] = (await world.store.order(ORDER)).payments;
      if (payment !== undefined) await resolveRefund(payment, this.nowMs + 60_000, world);
    });
  }

  webhook(name: string): void {
    this.#worker(name, async (world) => hearWebhook(IMP_UID, this.nowMs + 28_000, world));
  }

  reader(name: string): void {
    const actor = { kind: 'staff', sub: 'staff' } as const;
    this.#worker(name, async (world) =>
      readPayment({ merchantUid: ORDER, actor }, this.nowMs + 28_000, world),
    );
  }

  /** Somebody of the staff, who has asked the PG itself what became of the refund with this key. */
  closer(name: string, key: string): void {
    const refundId = refundIdForKey(PAYMENT, 'customer', key);
    this.#worker(name, async (world) => {
      const truth = await this.run.step(name, 'asks the PG', () => this.truthOf(refundId));
      return truth === undefined ? undefined : this.close(name, refundId, truth, world);
    });
  }

  /** Undefined while the PG cannot say: it may still be booked. */
  truthOf(refundId: string) {
    for (const provider of this.providers.values()) {
      const { cancellationId } = provider.entryOf(refundId) ?? {};
      if (cancellationId !== undefined) return { verdict: 'executed', cancellationId } as const;
      if (provider.accepted.some(({ call }) => call.pending.refundId === refundId)) return undefined;
    }
    return this.adversity.isAlive(refundId) ? undefined : ({ verdict: 'not_executed' } as const);
  }

  async close(
    sub: string,
    refundId: string,
    truth: NonNullable<ReturnType<ProtocolWorld['truthOf']>>,
    world: Surroundings,
  ): Promise<CloseResult> {
    const actor = { kind: 'staff', sub } as const;
    const evidence = 'as the PG says by telephone';
    const request = { merchantUid: ORDER, refundId, actor, evidence, ...truth };
    return closeRefund(request, this.nowMs + 28_000, world);
  }

  consoleCancel(amount: number): void {
    this.event('console', () => this.provider.consoleCancel(amount, this.nowMs));
  }

  /** Another program of the shop's, which gives no reason. */
  otherTool(amount: number): void {
    this.event('other tool', () => this.provider.cancelElsewhere(amount, undefined, this.nowMs));
  }

  /** The asynchronous PG books or refuses what it has accepted. */
  pgDecides(): void {
    this.event('PG', () => this.provider.settleAccepted(this.nowMs));
  }

  shopOverwrites(): void {
    const { paid = 4, item } = this.options;
    this.event('shop', async () => {
      await this.#forget();
      this.store.put(shopItem(ORDER, { amount: paid, ...item }));
    });
  }

  shopDeletes(): void {
    this.event('shop', async () => {
      await this.#forget();
      this.store.items.delete(JSON.stringify([ORDER, IMP_UID]));
    });
  }

  async #forget(): Promise<void> {
    for (const { refunds, pending } of (await this.store.order(ORDER)).payments) {
      for (const refundId of refunds.keys()) this.forgotten.add(refundId);
      if (pending !== undefined) this.forgotten.add(pending.refundId);
    }
  }

  /** Time goes by; what the network still holds arrives before that, as the protocol assumes. */
  timePasses(ms: number = AFTER_QUIET_MS): void {
    const callers = this.options.prompt === true ? [...this.#callers] : [];
    const pass = async (): Promise<void> => {
      if (this.options.breaksQuiet !== true) await this.adversity.deliverAll();
      this.nowMs += ms;
    };
    this.event('time', pass, callers);
  }

  event(what: string, effect: () => unknown, after: readonly Promise<unknown>[] = []): void {
    this.#others += 1;
    const name = `${what} ${this.#others}`;
    const run = async () => {
      await Promise.all(after);
      await this.run.step(name, 'acts', async () => void (await effect()));
    };
    this.run.spawn({ name, mayCrash: false, run });
  }

  #worker(name: string, work: (world: Surroundings) => Promise<unknown>): void {
    this.run.spawn({ name, run: async () => work(this.controlled(name)) });
  }

  controlled(name: string): Surroundings {
    const store = this.adversity.store(name, this.store);
    const knownOf = (impUid: string) => Number(this.store.item(ORDER, impUid)?.['cancel_amount'] ?? 0);
    const gateway = this.adversity.gateway(name, (impUid) => this.providers.get(impUid), knownOf);
    const until: Surroundings['until'] = async (atMs, signal) => {
      // The last moment of a live caller: whoever is not told in time is told nothing, which is a crash of its own.
      if (signal !== undefined) return new Promise(() => undefined);
      return this.run.step(name, 'waits', () => {
        // Wakes late, so that nobody's patience makes a schedule long.
        this.nowMs = Math.max(this.nowMs, atMs) + 2_500;
      });
    };
    return this.surroundings(name, { store, gateway, until });
  }

  surroundings(
    name: string,
    rest: Pick<Surroundings, 'gateway' | 'until'> & { store: PaymentsStore },
  ): Surroundings {
    let ids = 0;
    const pgs = new Set([this.options.pgProvider ?? '']);
    const none: ReadonlySet<string> = new Set();
    const { named } = this.options;
    return {
      ...rest,
      now: () => this.nowMs,
      newId: () => `${name}-${(ids += 1)}`,
      report: () => undefined,
      settings: {
        quietPeriodMs: QUIET_MS,
        resend: 'safe',
        pgsThatCheckBalance: named === 'checks_balance' ? pgs : none,
        pgsThatDropReasons: named === 'drops_reasons' ? pgs : none,
        importUnknownPayments: true,
        customersMayRefund: true,
        ...this.options.settings,
      },
    };
  }
}
