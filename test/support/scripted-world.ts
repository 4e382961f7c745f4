import { codeOf } from '../../functions/http/representation.ts';
import { planOf } from '../../functions/ledger/plans.ts';
import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import { closeRefund, type CloseRequest, type Said } from '../../functions/protocol/close.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import type { RefundEvent } from '../../functions/protocol/events.ts';
import type {
  CancelCall,
  CancelOutcome,
  LookUp,
  Readiness,
  Surroundings,
} from '../../functions/protocol/ports.ts';
import { readRefund, type ReadRefundResult } from '../../functions/protocol/read.ts';
import { receiveWebhook, type WebhookResult } from '../../functions/protocol/webhook.ts';
import { refundIdForKey } from '../../functions/refund/identity.ts';
import type { CancelRequest } from '../../functions/refund/intent.ts';
import type { Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type { LedgerItem, RequestedRefund } from '../../functions/refund/refund.ts';
import { waitsOf } from '../../functions/refund/times.ts';
import { FakeOrders, FakeTable, type Arrival } from './fake-table.ts';
import { IMP_UID, MORNING_MS, ORDER, QUIET_MS, SETTINGS } from './ledger-samples.ts';
import { ModelProvider, PG_TEXTS, type ProviderOptions } from './model-provider.ts';
import { nameOf } from './protocol-world.ts';

/** The lifetime of a function call. */
const LASTS_MS = 28_000;

/** The service in a unit test, on the fake tables. The clock moves only when the test moves it and when somebody waits. */
export class UnitWorld {
  nowMs = MORNING_MS;
  readonly table = new FakeTable(() => this.nowMs);
  readonly orders = new FakeOrders();
  readonly events: RefundEvent[] = [];
  readiness: Readiness = { kind: 'ready' };
  settings = SETTINGS;
  #ids = 0;

  /** The world with this provider. */
  protected around(gateway: Omit<Surroundings['gateway'], 'prepare' | 'hashAccount'>): Surroundings {
    return {
      orders: this.orders,
      ledger: this.table.ledger(),
      settings: this.settings,
      now: () => this.nowMs,
      newId: () => nameOf('unit', (this.#ids += 1)),
      report: (event) => this.events.push(event),
      // A deadline that never comes; waiting for a refund in flight moves the clock.
      until: async (atMs, signal) => {
        if (signal !== undefined) return new Promise(() => undefined);
        this.nowMs = Math.max(this.nowMs, atMs);
        return undefined;
      },
      gateway: {
        prepare: async () => this.readiness,
        hashAccount: async (account) => `hash of ${account.length}`,
        ...gateway,
      },
    };
  }
}

type Options = Partial<ProviderOptions> & { readonly isNew?: boolean };

/** One order at the service and at the provider, step by step: a test scripts each cancel, look and write. */
export class ScriptedWorld extends UnitWorld {
  readonly provider: ModelProvider;
  /** The next cancels, in order; later ones are booked and answered. */
  readonly cancels: ((call: CancelCall) => CancelOutcome | Promise<CancelOutcome>)[] = [];
  /** The next looks, in order; later ones show the provider's payment. */
  readonly looks: (() => LookUp | Promise<LookUp>)[] = [];
  readonly sent: CancelCall[] = [];
  /** How the provider shows its payment in looks and answers. */
  shows = (payment: ProviderPayment): ProviderPayment => payment;

  constructor({ isNew = false, ...options }: Options = {}) {
    super();
    const provider = { merchantUid: ORDER, impUid: IMP_UID, paid: 10_000, ...options };
    this.provider = new ModelProvider(provider);
    this.orders.put({ merchant_uid: provider.merchantUid, customer_id: 'customer' });
    if (!isNew) this.import(this.provider);
  }

  /** A refund of 1,000 was sent and its answer was lost. `becomes`: what the provider did with it. */
  static async inDoubt(
    options: Options = {},
    becomes: 'lost' | 'executed' | ((world: ScriptedWorld) => void) = 'lost',
  ): Promise<ScriptedWorld> {
    const world = new ScriptedWorld(options);
    world.cancels.push((call) => {
      if (typeof becomes === 'function') becomes(world);
      return becomes === 'executed' ? world.bookAndLose(call) : lost();
    });
    const told = await world.told({ amount: 1_000 });
    if (told !== '202') throw new Error(`Bug: the refund is told as ${told}`);
    return world;
  }

  /** The same, and no look could decide it until it became drift. */
  static async inDrift(...how: Parameters<typeof ScriptedWorld.inDoubt>): Promise<ScriptedWorld> {
    const world = await ScriptedWorld.inDoubt(...how);
    const outcome = await world.twoLooks();
    if (outcome !== 'waiting') throw new Error(`Bug: the refund is ${outcome}`);
    world.driftComes();
    return world;
  }

  get world(): Surroundings {
    const found = (): LookUp => ({ kind: 'found', payment: this.shows(this.provider.snapshot()) });
    const look = async () => (this.looks.shift() ?? found)();
    return this.around({
      payment: look,
      find: look,
      cancel: async (call) => {
        this.sent.push(call);
        return (this.cancels.shift() ?? ((each) => this.bookAndAnswer(each)))(call);
      },
      list: async () => ({ kind: 'page', payments: [], unreadable: [], more: false }),
    });
  }

  import(provider: ModelProvider): void {
    const write = { kind: 'import', provider: provider.snapshot(), atMs: this.nowMs - 60_000 } as const;
    this.table.apply({ what: 'import', changes: planOf(write), token: provider.options.impUid });
  }

  bookAndAnswer(call: CancelCall): CancelOutcome {
    const outcome = this.provider.process(call, this.nowMs);
    return outcome.kind === 'answered' ? { ...outcome, payment: this.shows(outcome.payment) } : outcome;
  }

  /** Executed, with a lost answer. */
  bookAndLose(call: CancelCall): CancelOutcome {
    this.provider.process(call, this.nowMs);
    return lost();
  }

  async cancel(request: Partial<CancelRequest> = {}, world = this.world): Promise<CancelResult> {
    const asked: CancelRequest = {
      ...(request.impUid === undefined ? { merchantUid: this.provider.options.merchantUid } : {}),
      passedOn: {},
      account: {},
      idempotencyKey: 'key',
      actor: { kind: 'customer', sub: 'customer' },
      ...request,
    };
    return cancelPayment(asked, this.nowMs + LASTS_MS, world);
  }

  /** The code of the answer, or 200 and 202. */
  async told(request: Partial<CancelRequest> = {}): Promise<string> {
    return toldAs(await this.cancel(request));
  }

  async payment(impUid = this.provider.options.impUid): Promise<Payment> {
    const payment = await this.world.ledger.payment({
      merchantUid: this.provider.options.merchantUid,
      impUid,
    });
    if (payment === undefined) throw new Error('Bug: the payment is gone');
    return payment;
  }

  async items(): Promise<readonly LedgerItem[]> {
    return this.world.ledger.allRefunds(await this.payment());
  }

  async refund(refundId = this.refundId()): Promise<LedgerItem | undefined> {
    return this.world.ledger.refund({ ...(await this.payment()), refundId });
  }

  async requested(): Promise<RequestedRefund> {
    const { inFlight = '' } = await this.payment();
    const refund = await this.refund(inFlight);
    if (refund?.status !== 'requested') throw new Error('Bug: nothing is in flight');
    return refund;
  }

  /** A look by the schedule at the refund in flight, due or not. */
  async look(): Promise<string> {
    const payment = await this.payment();
    const inFlight = { payment, refund: await this.requested(), deadlineMs: this.nowMs + LASTS_MS };
    return (await resolveRefund(inFlight, this.world)).outcome;
  }

  /** Both looks of row 7, after G. */
  async twoLooks(): Promise<string> {
    this.quietPeriodPasses();
    await this.look();
    this.nowMs += waitsOf(QUIET_MS).betweenLooksMs;
    return this.look();
  }

  async webhook(): Promise<WebhookResult> {
    this.nowMs += 2_000;
    return receiveWebhook(this.provider.options.impUid, this.nowMs + LASTS_MS, this.world);
  }

  async read(refundId: string, askedAtMs?: number): Promise<ReadRefundResult> {
    const actor = { kind: 'customer', sub: 'customer' } as const;
    const { merchantUid } = this.provider.options;
    const asked = askedAtMs === undefined ? {} : { askedAtMs };
    return readRefund({ merchantUid, actor, refundId, ...asked }, this.nowMs + LASTS_MS, this.world);
  }

  async say(sub: string, said: Said, request: Partial<CloseRequest> = {}) {
    const { merchantUid } = this.provider.options;
    const { inFlight = this.refundId() } = await this.payment();
    const statement: CloseRequest = {
      merchantUid,
      refundId: inFlight,
      actor: { kind: 'staff', sub },
      person: { sub, person: sub },
      said,
      evidence: `what the PG told ${sub}`,
      ...request,
    };
    return closeRefund(statement, this.nowMs + LASTS_MS, this.world);
  }

  /** Two people say the same; returns the second's answer: `closed`, or the code of the refusal that either got. */
  async bothSay(said: Said, request: Partial<CloseRequest> = {}): Promise<string> {
    const first = await this.say('mina', said, request);
    if (first.kind === 'refused') return first.refusal.code;
    const second = await this.say('juno', said, request);
    return second.kind === 'refused' ? second.refusal.code : second.kind;
  }

  /** Every request that was sent is dead by then. */
  quietPeriodPasses(): void {
    this.nowMs += waitsOf(QUIET_MS).deadAfterMs + 1_000;
  }

  driftComes(): void {
    this.nowMs += waitsOf(QUIET_MS).driftAfterMs + 1_000;
  }

  refundId(key = 'key', sub = 'customer'): string {
    return refundIdForKey(this.provider.options.impUid, sub, key);
  }

  has(event: RefundEvent['event']): boolean {
    return this.events.some((each) => each.event === event);
  }

  /** Stops the transactions of one kind between the service and its table until it is released. */
  intercept(what: string, act: (arrival: Arrival, count: number) => ReturnType<FakeTable['arrives']>): void {
    let count = 0;
    this.table.arrives = (arrival) => (arrival.what === what ? act(arrival, (count += 1)) : arrival.apply());
  }
}

export function toldAs(result: CancelResult): string {
  if (result.kind === 'refused') return result.refusal.code;
  if (result.kind === 'unknown') return '202';
  const { refund } = result;
  if (refund.status === 'cancelled') return '200';
  if (refund.status === 'rejected') return refund.code;
  return codeOf(refund);
}

export const lost = (): CancelOutcome => ({ kind: 'unknown', cause: 'the answer was lost' });

export function refusedByPg(message: string = PG_TEXTS.end): CancelOutcome {
  return { kind: 'refused', provider: { code: -1, message }, by: 'provider' };
}
