import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import type { Said } from '../../functions/protocol/close.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import { isDrift } from '../../functions/refund/closing.ts';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import { readPayment, readRefund } from '../../functions/protocol/read.ts';
import { receiveWebhook } from '../../functions/protocol/webhook.ts';
import { close, named, truthOf } from './people.ts';
import {
  AFTER_QUIET_MS,
  CUSTOMER,
  IMP_UID,
  nameOf,
  ORDER,
  QUIET_MS,
  requestOf,
  type ProtocolWorld,
} from './protocol-world.ts';

interface CallerOptions {
  readonly isStaff?: boolean;
  readonly impUid?: string;
  /** Either payment of the order may be chosen. */
  readonly byOrder?: boolean;
}

const FUNCTION_LASTS_MS = 28_000;

/** An actor in a world: each effect is a step of its run, and it may die before any step. */
export class Actors {
  readonly world: ProtocolWorld;
  readonly #callers: Promise<unknown>[] = [];
  #others = 0;

  constructor(world: ProtocolWorld) {
    this.world = world;
  }

  /** A request; its key, when it has one, determines the refund. */
  caller(
    name: string,
    key: string | undefined,
    amount: number | undefined,
    { isStaff = false, impUid, byOrder = false }: CallerOptions = {},
  ): void {
    const { world } = this;
    const sub = isStaff ? 'staff' : CUSTOMER;
    const meant = byOrder ? [...world.providers.keys()] : [impUid ?? IMP_UID];
    const refundIds =
      key === undefined
        ? [`rf_${nameOf(name, 1)}`]
        : meant.map((each) => world.refundId(key, { sub, impUid: each }));
    world.asked.set(name, { refundIds, hasKey: key !== undefined });
    const request = requestOf(
      byOrder || impUid === undefined ? { merchantUid: ORDER } : { impUid },
      key,
      amount,
      isStaff,
    );
    const run = async (): Promise<CancelResult> => {
      const deadlineMs = world.nowMs + FUNCTION_LASTS_MS;
      const result = await cancelPayment(request, deadlineMs, world.controlled(name));
      return world.run.step(name, 'answers', () => result);
    };
    world.run.spawn({
      name,
      run: async () => {
        const running = run();
        this.#callers.push(running);
        return running;
      },
    });
  }

  resolver(name: string): void {
    this.#worker(name, async (surroundings) => {
      const { ledger } = surroundings;
      const payment = await ledger.payment({ merchantUid: ORDER, impUid: IMP_UID });
      if (payment?.inFlight === undefined) return;
      const refund = await ledger.refund({ ...payment, refundId: payment.inFlight });
      if (refund?.status !== 'requested') return;
      await resolveRefund({ payment, refund, deadlineMs: this.world.nowMs + 60_000 }, surroundings);
    });
  }

  webhook(name: string): void {
    this.#worker(name, async (surroundings) => receiveWebhook(IMP_UID, this.#deadline(), surroundings));
  }

  reader(name: string): void {
    const wanted = { merchantUid: ORDER, actor: { kind: 'staff', sub: 'staff' } } as const;
    this.#worker(name, async (surroundings) => readPayment(wanted, this.#deadline(), surroundings));
  }

  /** Reads a refund of the customer again and again, as `Location` of the 202 says. */
  asker(name: string, key: string): void {
    const refundId = this.world.refundId(key);
    const wanted = { merchantUid: ORDER, refundId, actor: { kind: 'customer', sub: CUSTOMER } } as const;
    const askedAtMs = this.world.nowMs;
    this.#worker(name, async (surroundings) =>
      readRefund({ ...wanted, askedAtMs }, this.#deadline(), surroundings),
    );
  }

  /** A staff member who has asked the PG what happened to the refund with this key. */
  closer(name: string, key: string): void {
    const refundId = this.world.refundId(key);
    this.#worker(name, async (surroundings) => {
      const said = await this.world.run.step(name, 'asks the PG', () => this.#truthOf(refundId));
      return said === undefined ? undefined : close(this.world, name, { refundId, said }, surroundings);
    });
  }

  /** A staff member who names an entry that is certainly not the refund's: the console's. */
  mistaken(name: string, key: string): void {
    const refundId = this.world.refundId(key);
    this.#worker(name, async (surroundings) => {
      const said = await this.world.run.step(name, 'looks at the history', (): Said | undefined => {
        const other = this.world.provider.standing.find(({ fromConsole }) => fromConsole === true);
        return other && { verdict: 'executed', entries: [named(other)] };
      });
      if (said === undefined) return;
      const result = await close(this.world, name, { refundId, said }, surroundings);
      if (result.kind === 'proposed') this.world.violations.push(`${name} names what is not ours`);
    });
  }

  /** A staff member whom the PG told that it undid the refund with this key. */
  undoer(name: string, key: string): void {
    const refundId = this.world.refundId(key);
    this.#worker(name, async (surroundings) =>
      close(this.world, name, { refundId, said: { verdict: 'undone' } }, surroundings),
    );
  }

  consoleCancel(amount: number): void {
    this.event('console', () => this.world.provider.consoleCancel(amount, this.world.nowMs));
  }

  /** Another program of the shop, which gives no reason. */
  otherTool(amount: number): void {
    this.event('other tool', () => this.world.provider.cancelElsewhere(amount, this.world.nowMs));
  }

  /** The asynchronous PG books or refuses an accepted cancel. */
  pgDecides(): void {
    this.event('PG', () => this.world.provider.settleAccepted(this.world.nowMs));
  }

  /** It undoes only a cancel that is known by then. */
  pgUndoes(): void {
    this.event('PG', () => this.world.provider.undo(), [...this.#callers]);
  }

  /** Messages held back until all actors have ended arrive now. */
  arrives(): void {
    this.event('network', () => this.world.adversity.deliverAtTheEnd());
  }

  /** The history shows its hidden entries. */
  reveals(): void {
    this.event("i'mport", () => this.world.provider.reveal());
  }

  /** The shop gives the order to another customer. */
  ownerChanges(): void {
    this.event('shop', () => this.world.orders.put({ merchant_uid: ORDER, customer_id: 'somebody else' }));
  }

  /** Time passes; requests held by the network arrive first, as the protocol assumes. */
  timePasses(ms: number = AFTER_QUIET_MS): void {
    const { world } = this;
    const callers = world.options.isPrompt === true ? [...this.#callers] : [];
    const pass = (): void => {
      if (world.options.isBroken !== true) world.adversity.deliverRequests(world.nowMs + ms);
      world.nowMs += ms;
    };
    this.event('time', pass, callers);
  }

  event(what: string, effect: () => void, after: readonly Promise<unknown>[] = []): void {
    this.#others += 1;
    const name = `${what} ${this.#others}`;
    const run = async () => {
      await Promise.allSettled(after);
      await this.world.run.step(name, 'acts', effect);
    };
    this.world.run.spawn({ name, mayCrash: false, run });
  }

  #worker(name: string, work: (surroundings: Surroundings) => Promise<unknown>): void {
    this.world.run.spawn({ name, run: async () => work(this.world.controlled(name)) });
  }

  /** Nobody asks before the refund is in drift: what the PG says before proves nothing. */
  #truthOf(refundId: string): Said | undefined {
    const refund = this.world.item(IMP_UID, refundId);
    const isAsked = refund?.status === 'requested' && isDrift(refund, this.world.nowMs, QUIET_MS);
    return isAsked ? truthOf(this.world, refundId) : undefined;
  }

  #deadline(): number {
    return this.world.nowMs + FUNCTION_LASTS_MS;
  }
}
