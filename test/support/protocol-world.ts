import { expect } from 'vitest';
import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import type {
  CancelOutcome,
  PaymentGateway,
  PaymentsStore,
  Surroundings,
} from '../../functions/protocol/ports.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import { refundIdForKey } from '../../functions/refund/identity.ts';
import { hearWebhook } from '../../functions/protocol/webhook.ts';
import type { Run } from './explorer.ts';
import { MemoryStore, shopItem, type GuardName } from './memory-store.ts';
import { ModelProvider, won } from './model-provider.ts';
import { samplePending } from './sample-writes.ts';

/** What may become of one request on its way to the provider and back. */
export type Fate = 'answered' | 'answer_lost' | 'lost' | 'late' | 'not_sent' | 'refused_by_pg' | 'accepted';

export interface WorldOptions {
  readonly fates: readonly Fate[];
  /** Everything but the first fate happens at most so often in a run, so that the number of schedules stays finite. */
  readonly misfortunes: number;
  readonly without?: GuardName;
  readonly paid?: number;
  readonly quietPeriodMs?: number;
  readonly item?: Readonly<Record<string, unknown>>;
  /** An asynchronous PG leaves no evidence of a request that was lost; then a person has to look. */
  readonly mayStayOpen?: boolean;
  readonly dropsReasons?: boolean;
  /** Begins with a refund of 2 that a dead worker has reserved long ago; nothing was sent. */
  readonly abandoned?: boolean;
}

export const QUIET_MS = 180_000;
const MINUTE_MS = 60_000;
const ORDER = 'o';

/** One order at the service and at the provider, with every effect of every actor under the run's control. */
export class ProtocolWorld {
  readonly store = new MemoryStore();
  readonly provider: ModelProvider;
  /** The very beginning of a working day in Seoul, so that no rule of months gets in the way. */
  nowMs = Date.UTC(2026, 0, 15);
  /** Requests that the network still holds. */
  readonly #late: (() => void)[] = [];
  readonly #asked = new Map<string, string>();
  #misfortunes: number;
  #lateOnes = 0;
  #consoles = 0;
  readonly #run: Run;
  readonly #options: WorldOptions;

  constructor(run: Run, options: WorldOptions) {
    this.#run = run;
    this.#options = options;
    this.#misfortunes = options.misfortunes;
    this.provider = new ModelProvider(ORDER, options.paid ?? 4);
    this.provider.dropsReasons = options.dropsReasons ?? false;
    this.store.without = options.without;
    this.store.items.set(ORDER, shopItem(ORDER, { amount: options.paid ?? 4, ...options.item }));
  }

  /** To be awaited before the run plays: the reservation goes through the store's own write. */
  async abandon(): Promise<void> {
    const payment = await this.store.read(ORDER);
    if (payment === undefined || this.#options.abandoned !== true) return;
    const claimedAtMs = this.nowMs - QUIET_MS - MINUTE_MS;
    const amounts = { amount: won(2), checksum: payment.amount, refundId: refundIdForKey(ORDER, 'key-a') };
    const times = { claimedAtMs, requestedAtMs: claimedAtMs, resolveAtMs: claimedAtMs };
    await this.store.write({ kind: 'claim', payment, pending: { ...samplePending, ...amounts, ...times } });
  }

  state(): unknown {
    const { history, accepted } = this.provider;
    return [[...this.store.items], history, accepted, this.nowMs, this.#misfortunes, this.#late.length];
  }

  /** A customer's request; the key decides which refund it is. */
  caller(name: string, key: string, amount: number | undefined): void {
    this.#asked.set(name, key);
    this.#run.spawn({ name, run: async () => this.#ask(name, key, amount, this.#controlled(name)) });
  }

  async #ask(
    name: string,
    key: string,
    amount: number | undefined,
    world: Surroundings,
  ): Promise<CancelResult> {
    const actor = { kind: 'customer', sub: 'customer' } as const;
    const request = {
      merchantUid: ORDER,
      account: {},
      idempotencyKey: key,
      actor,
      ...(amount === undefined ? {} : { amount }),
    };
    const result = await cancelPayment(request, this.nowMs + 28_000, world);
    return this.#run.step(name, 'answer', () => result);
  }

  resolver(name: string): void {
    this.#run.spawn({
      name,
      run: async () => {
        const world = this.#controlled(name);
        const payment = await world.store.read(ORDER);
        if (payment !== undefined) await resolveRefund(payment, this.nowMs + 300_000, world);
      },
    });
  }

  webhook(name: string): void {
    this.#run.spawn({
      name,
      run: async () => hearWebhook(`imp_${ORDER}`, this.nowMs + 28_000, this.#controlled(name)),
    });
  }

  consoleCancel(amount: number): void {
    this.#consoles += 1;
    const name = `console ${this.#consoles}`;
    const effect = () => this.provider.consoleCancel(amount);
    this.#run.spawn({ name, mayCrash: false, run: async () => this.#run.step(name, 'cancels', effect) });
  }

  /** The quiet period goes by; what the network still holds is executed before that, as the protocol assumes. */
  timePasses(name = 'time'): void {
    this.#run.spawn({
      name,
      mayCrash: false,
      run: async () =>
        this.#run.step(name, 'passes', () => {
          if (this.#options.quietPeriodMs === undefined) this.#deliverLate();
          this.nowMs += QUIET_MS + MINUTE_MS;
        }),
    });
  }

  #deliverLate(): void {
    for (const deliver of this.#late.splice(0)) deliver();
  }

  #surroundings(store: PaymentsStore, gateway: PaymentGateway, name: string): Surroundings {
    let ids = 0;
    return {
      store,
      gateway,
      now: () => this.nowMs,
      newId: () => `${name}-${(ids += 1)}`,
      report: () => undefined,
      quietPeriodMs: this.#options.quietPeriodMs ?? QUIET_MS,
    };
  }

  #controlled(name: string): Surroundings {
    const { store, provider } = this;
    const step = async <T>(label: string, effect: () => T | Promise<T>): Promise<T> =>
      this.#run.step(name, label, effect);
    return this.#surroundings(
      {
        read: async (merchantUid) => step('reads', () => store.read(merchantUid)),
        merchantUidOf: async (impUid) => step('asks index', () => store.merchantUidOf(impUid)),
        write: async (write) => step(`writes ${write.kind}`, () => store.write(write)),
        openRefunds: async (query) => store.openRefunds(query),
      },
      {
        prepare: async () => ({ kind: 'ready' }),
        cancel: async (call) => step('sends cancel', () => this.#send(call)),
        payment: async () =>
          step('reads back', () => ({ kind: 'found' as const, payment: provider.snapshot() })),
        find: async () => ({ kind: 'missing' }),
      },
      name,
    );
  }

  #send(call: Parameters<PaymentGateway['cancel']>[0]): CancelOutcome {
    const { fates } = this.#options;
    const fate = (this.#misfortunes > 0 ? fates[this.#run.choose(fates.length)] : fates[0]) ?? 'answered';
    if (fate !== fates[0]) this.#misfortunes -= 1;
    this.#run.story.push(`  (${fate})`);
    const unknown = { kind: 'unknown', cause: fate } as const;
    const process = () => this.provider.process(call);
    // The client's own rule: a request that is late does not leave any more.
    if (fate === 'not_sent' || this.nowMs > call.sendBeforeMs) return { kind: 'not_sent', cause: fate };
    if (fate === 'lost') return unknown;
    if (fate === 'refused_by_pg') return { kind: 'refused', provider: { code: -1, message: 'PG' } };
    if (fate === 'accepted') return { kind: 'answered', payment: this.provider.accept(call) };
    if (fate === 'late') {
      this.#keepInTheNetwork(process);
      return unknown;
    }
    const processed = process();
    if (fate === 'answer_lost') return unknown;
    if (processed.kind === 'applied') return { kind: 'answered', payment: processed.payment };
    return { kind: 'refused', provider: { code: processed.code, message: processed.message } };
  }

  #keepInTheNetwork(process: () => unknown): void {
    let delivered = false;
    const deliver = () => {
      if (!delivered) process();
      delivered = true;
    };
    this.#late.push(deliver);
    this.#lateOnes += 1;
    const name = `network ${this.#lateOnes}`;
    this.#run.spawn({ name, mayCrash: false, run: async () => this.#run.step(name, 'delivers', deliver) });
  }

  /** Hours later, without misfortunes: what is still open is resolved, and whoever was not told asks again. */
  async settle(): Promise<void> {
    this.#deliverLate();
    this.provider.book();
    const calm = this.#surroundings(this.store, this.#calmGateway(), 'later');
    for (let look = 0; look < 5; look += 1) {
      this.nowMs += QUIET_MS + 10 * MINUTE_MS;
      const payment = await this.store.read(ORDER);
      if (payment?.pending !== undefined) await resolveRefund(payment, this.nowMs + 300_000, calm);
    }
    await hearWebhook(`imp_${ORDER}`, this.nowMs + 28_000, calm);
  }

  #calmGateway(): PaymentGateway {
    return {
      prepare: async () => ({ kind: 'ready' }),
      find: async () => ({ kind: 'missing' }),
      payment: async () => ({ kind: 'found', payment: this.provider.snapshot() }),
      cancel: async (call) => {
        const processed = this.provider.process(call);
        if (processed.kind === 'applied') return { kind: 'answered', payment: processed.payment };
        return { kind: 'refused', provider: { code: processed.code, message: processed.message } };
      },
    };
  }

  /** Promises 1 to 3 of the service, after everything has settled. */
  async promisesAreKept(): Promise<void> {
    await this.settle();
    const payment = await this.store.read(ORDER);
    const open = payment?.pending;
    if (this.#options.mayStayOpen !== true) expect(open, 'nothing is open').toBeUndefined();
    expect(this.provider.cancelled(), 'not more than was paid').toBeLessThanOrEqual(this.provider.paid);
    expect(payment?.cancelAmount, 'the table agrees with the provider').toBe(this.provider.cancelled());
    expect(this.store.wentBack, 'the balance in the table never goes back').toBe(false);
    const refunds = [...(payment?.refunds.values() ?? [])];
    const cancelled = refunds.filter(({ status }) => status === 'cancelled');
    const told = cancelled.reduce((sum, { amount }) => sum + amount, 0);
    expect(told + this.provider.cancelledInConsole, 'every won is explained').toBe(this.provider.cancelled());
    for (const { refundId, status } of refunds) this.#isTrue(refundId, status);
    for (const [name, answer] of this.#run.answers)
      if (this.#asked.has(name)) this.#wasTrue(answer as CancelResult, payment);
  }

  #isTrue(refundId: string, status: string): void {
    // Without reasons in the history nobody can say whose entry it is; then the sum above must do.
    if (this.provider.dropsReasons) return;
    expect(this.provider.timesMoved(refundId), `${refundId} is ${status}`).toBe(
      status === 'cancelled' ? 1 : 0,
    );
  }

  #wasTrue(told: CancelResult, payment: Payment | undefined): void {
    if (told.kind === 'refused') return;
    const { refundId } = told.refund;
    if (told.kind === 'final') {
      this.#isTrue(refundId, told.refund.status);
      expect(payment?.refunds.get(refundId)?.status, 'what was told stays true').toBe(told.refund.status);
      return;
    }
    const resolved = payment?.refunds.has(refundId) === true || payment?.pending?.refundId === refundId;
    if (!resolved) this.#isTrue(refundId, 'gone');
  }
}
