import assert from 'node:assert/strict';
import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import type { Said } from '../../functions/protocol/close.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import type { Surroundings } from '../../functions/protocol/ports.ts';
import { readPayment, readRefund } from '../../functions/protocol/read.ts';
import { receiveWebhook } from '../../functions/protocol/webhook.ts';
import { isDrift } from '../../functions/refund/closing.ts';
import { QUIET_MS } from './ledger-samples.ts';
import {
  AFTER_QUIET_MS,
  BETWEEN_LOOKS_MS,
  CUSTOMER,
  DRIFT_MS,
  IMP_UID,
  LASTS_MS,
  nameOf,
  ORDER,
  OTHER_IMP_UID,
  requestOf,
  type ProtocolWorld,
} from './protocol-world.ts';
import { close, named, truthOf } from './settling.ts';

/** What an actor does, e.g. `caller a 2`: asks with the key `a` for a refund of 2. */
interface Step {
  readonly name: string;
  /** The key, or the amount when there is no key. */
  readonly word: string;
  readonly amount: number | undefined;
}

type Act = (world: ProtocolWorld, step: Step) => void;

const byStaff = { actor: { kind: 'staff', sub: 'staff' } } as const;

interface Caller {
  readonly isStaff?: boolean;
  readonly impUid?: string;
  /** Either payment of the order may be chosen. */
  readonly byOrder?: boolean;
  readonly hasKey?: boolean;
}

/** A request; its key, when it has one, determines the refund. */
function caller({ isStaff = false, impUid, byOrder = false, hasKey = true }: Caller = {}): Act {
  return (world, { name, word, amount = hasKey ? undefined : Number(word) }) => {
    const sub = isStaff ? 'staff' : CUSTOMER;
    const meant = byOrder ? [...world.providers.keys()] : [impUid ?? IMP_UID];
    const refundIds = hasKey
      ? meant.map((each) => world.refundId(word, { sub, impUid: each }))
      : [`rf_${nameOf(name, 1)}`];
    world.asked.set(name, { refundIds, hasKey });
    const payment = byOrder || impUid === undefined ? { merchantUid: ORDER } : { impUid };
    const request = requestOf(payment, hasKey ? word : undefined, amount, isStaff);
    const run = async (): Promise<CancelResult> => {
      const result = await cancelPayment(request, world.nowMs + LASTS_MS, world.as(name));
      return world.run.step(name, 'answers', () => result);
    };
    world.run.spawn({
      name,
      run: async () => {
        const running = run();
        world.callers.push(running);
        return running;
      },
    });
  };
}

/** A worker of the service, or a person; it may die before any step. */
function worker(
  work: (world: ProtocolWorld, step: Step, surroundings: Surroundings) => Promise<unknown>,
): Act {
  return (world, step) =>
    world.run.spawn({ name: step.name, run: async () => work(world, step, world.as(step.name)) });
}

/** Something that others do. `after`: not before these have ended. */
function event(
  effect: (world: ProtocolWorld, amount: number) => void,
  after: (world: ProtocolWorld) => readonly Promise<unknown>[] = () => [],
): Act {
  return (world, { name, word }) => {
    const before = [...after(world)];
    const run = async () => {
      await Promise.allSettled(before);
      await world.run.step(name, 'acts', () => effect(world, Number(word)));
    };
    world.run.spawn({ name, mayCrash: false, run });
  };
}

/** Time passes; requests held by the network arrive first, as the protocol assumes. */
function timePasses(ms: number): Act {
  return event(
    (world) => {
      if (world.options.isBroken !== true) world.adversity.deliverRequests(world.nowMs + ms);
      world.nowMs += ms;
    },
    ({ options, callers }) => (options.isPrompt === true ? callers : []),
  );
}

/** A staff member who says what became of the refund with this key. */
function person(knows: (world: ProtocolWorld, refundId: string) => Said | undefined): Act {
  return worker(async (world, { name, word }, surroundings) => {
    const refundId = world.refundId(word);
    const said = await world.run.step(name, 'asks the PG', () => knows(world, refundId));
    return said === undefined ? undefined : close(world, name, { refundId, said }, surroundings);
  });
}

const ACTS: Readonly<Record<string, Act>> = {
  caller: caller(),
  staff: caller({ isStaff: true }),
  by_imp_uid: caller({ impUid: IMP_UID }),
  by_order: caller({ byOrder: true }),
  of_other_payment: caller({ impUid: OTHER_IMP_UID }),
  press: caller({ hasKey: false }),
  resolver: worker(async (world, _step, surroundings) => {
    const { ledger } = surroundings;
    const payment = await ledger.payment({ merchantUid: ORDER, impUid: IMP_UID });
    if (payment?.inFlight === undefined) return;
    const refund = await ledger.refund({ ...payment, refundId: payment.inFlight });
    if (refund?.status !== 'requested') return;
    await resolveRefund({ payment, refund, deadlineMs: world.nowMs + 60_000 }, surroundings);
  }),
  reader: worker(async ({ nowMs }, _step, surroundings) =>
    readPayment({ merchantUid: ORDER, ...byStaff }, nowMs + LASTS_MS, surroundings),
  ),
  webhook: worker(async ({ nowMs }, _step, surroundings) =>
    receiveWebhook(IMP_UID, nowMs + LASTS_MS, surroundings),
  ),
  /** Reads a refund of the customer, as `Location` of the 202 says. */
  asker: worker(async (world, { word }, surroundings) => {
    const { nowMs: askedAtMs } = world;
    const actor = { kind: 'customer', sub: CUSTOMER } as const;
    const wanted = { merchantUid: ORDER, refundId: world.refundId(word), actor, askedAtMs };
    return readRefund(wanted, askedAtMs + LASTS_MS, surroundings);
  }),
  /** Nobody asks before the refund is in drift: what the PG says before proves nothing. */
  closer: person((world, refundId) => {
    const refund = world.item(IMP_UID, refundId);
    const isAsked = refund?.status === 'requested' && isDrift(refund, world.nowMs, QUIET_MS);
    return isAsked ? truthOf(world, refundId) : undefined;
  }),
  /** Names an entry that is certainly not the refund's: the console's. */
  mistaken: worker(async (world, { name, word }, surroundings) => {
    const refundId = world.refundId(word);
    const said = await world.run.step(name, 'looks at the history', (): Said | undefined => {
      const other = world.provider.standing.find(({ fromConsole }) => fromConsole === true);
      return other && { verdict: 'executed', entries: [named(other)] };
    });
    if (said === undefined) return;
    const result = await close(world, name, { refundId, said }, surroundings);
    if (result.kind === 'proposed') world.violations.push(`${name} names what is not ours`);
  }),
  undoer: person(() => ({ verdict: 'undone' })),
  console: event(({ provider, nowMs }, amount) => provider.consoleCancel(amount, nowMs)),
  /** Another program of the shop, which gives no reason. */
  other_tool: event(({ provider, nowMs }, amount) => provider.cancelElsewhere(amount, nowMs)),
  /** The asynchronous PG books or refuses an accepted cancel. */
  pg_decides: event(({ provider, nowMs }) => provider.settleAccepted(nowMs)),
  /** It undoes only a cancel that is known by then. */
  pg_undoes: event(
    ({ provider }) => provider.undo(),
    ({ callers }) => callers,
  ),
  late_arrivals: event(({ adversity }) => adversity.deliverAtTheEnd()),
  history_reveals: event(({ provider }) => provider.reveal()),
  owner_changes: event(({ orders }) => orders.put({ merchant_uid: ORDER, customer_id: 'somebody else' })),
  quiet_period: timePasses(AFTER_QUIET_MS),
  half_a_minute: timePasses(BETWEEN_LOOKS_MS),
  ten_seconds: timePasses(10_000),
  drift_time: timePasses(DRIFT_MS),
};

/** Begins what an actor does; `place` tells it from others that do the same. */
export function begin(world: ProtocolWorld, act: string, place: string | number): void {
  const [what = '', word = '', number] = act.split(' ');
  const begins = ACTS[what];
  assert(begins, `nobody does ${what}`);
  const amount = number === undefined ? undefined : Number(number);
  assert(!Number.isNaN(amount), `${act}: the amount is a number`);
  begins(world, { name: `${what} ${place}`, word, amount });
}
