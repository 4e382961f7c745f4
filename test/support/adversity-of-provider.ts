import type { CancelCall, CancelOutcome, LookUp, PaymentGateway } from '../../functions/protocol/ports.ts';
import { minus, sum, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../../functions/refund/payment.ts';
import type { Adversity } from './adversity.ts';
import { PG_TEXTS, refused, type Booking, type ModelProvider } from './model-provider.ts';

/** P7: of two looks that began this far apart after G, not both are stale. */
const STALE_ONCE_IN_MS = 30_000;

export interface ProviderWorld {
  readonly nowMs: number;
  /** G. */
  readonly quietPeriodMs: number;
  readonly providers: ReadonlyMap<string, ModelProvider>;
  readonly adversity: Adversity;
  /** The request that a look beginning now is about, when that look is after G. */
  afterG(impUid: string): string | undefined;
  /** Records that a cancel leaves now. */
  leaves(name: string, call: CancelCall): void;
}

type Heard =
  | CancelOutcome
  /** The answer is a step of its own and shows the payment of that moment. */
  | { readonly kind: 'to_come'; readonly answer: Promise<() => CancelOutcome> };

/** A cancel on its way to the provider. */
interface Sent {
  readonly call: CancelCall;
  readonly provider: ModelProvider;
  readonly world: ProviderWorld;
  readonly process: (booking?: Booking) => CancelOutcome;
  /** P3: it is executed up to G after it was sent. */
  readonly within: (effect: () => void) => void;
}

type Fate = (sent: Sent) => Heard;

const UNKNOWN = { kind: 'unknown', cause: 'no answer' } as const;

/** The same without an answer. */
function unanswered(fate: Fate): Fate {
  return (sent) => {
    fate(sent);
    return UNKNOWN;
  };
}

function checkedFirst(fate: Fate): Fate {
  return (sent) => sent.provider.check(sent.call) ?? fate(sent);
}

/** The PG refuses what i'mport's checks allow. `before`: what it does first, all the same. */
function refusedAs(
  text: keyof typeof PG_TEXTS,
  before?: (sent: Sent) => CancelOutcome | undefined | void,
): Fate {
  return (sent) => sent.provider.check(sent.call) ?? before?.(sent) ?? refused(-1, PG_TEXTS[text]);
}

/** The answer code 0, with the payment as it is when the answer arrives. */
function asItIsThen(provider: ModelProvider): Heard {
  const answered = (): CancelOutcome => ({ kind: 'answered', payment: provider.snapshot() });
  return { kind: 'to_come', answer: Promise.resolve(answered) };
}

function half({ amount }: CancelCall): Minor {
  return Math.ceil(amount / 2) as Minor;
}

const answered: Fate = ({ process }) => process();

const twoStep: Fate = ({ call, provider, world, within }) => {
  const answer = new Promise<() => CancelOutcome>((resolve) => {
    within(() => {
      const outcome = provider.book(call, world.nowMs);
      resolve(() => outcome);
    });
  });
  return { kind: 'to_come', answer };
};
const split: Fate = ({ call, provider, world, process }) => {
  const part = half(call);
  const rest = minus(call.amount, part);
  const outcome = process({ part });
  if (outcome.kind === 'answered' && rest > 0)
    world.adversity.hold('the PG', { call }, () => provider.bookRest(call, world.nowMs, rest));
  return outcome;
};

const hidden: Fate = ({ provider, process }) => {
  const outcome = process({ isHidden: true });
  return outcome.kind === 'answered' ? asItIsThen(provider) : outcome;
};

/** An asynchronous PG accepts what fits the balance now, and decides later. */
const accepting = (willBook: boolean): Fate =>
  checkedFirst(({ call, provider }) => {
    provider.accept(call, willBook);
    return asItIsThen(provider);
  });

/** What may happen to a cancel. The first of a scenario's list is the normal case; every other one is a failure. */
export const SENDS = {
  answered,
  /** Executed without an answer; executed within G after the caller hung up (P3); never arrived. */
  answer_lost: unanswered(answered),
  late: ({ within, process }) => {
    within(process);
    return UNKNOWN;
  },
  lost: () => UNKNOWN,
  not_sent: () => ({ kind: 'not_sent', cause: 'no connection' }),
  /** Executed after all actors have ended: only where G is broken. */
  much_later: ({ world, process }) => {
    world.adversity.atTheEnd.push(process);
    return UNKNOWN;
  },
  /** Refusals that end the request (P4). */
  refused_by_pg: refusedAs('end'),
  refused_401: () => ({ kind: 'refused', provider: { code: -1, message: 'Unauthorized' }, by: 'http' }),
  /** Refused after a part was booked: people find out what happened. */
  part_refused: refusedAs('end', ({ call, provider, world }) =>
    provider.bookPart(call, world.nowMs, half(call)),
  ),
  /** Refusals that prove nothing (PG-FACTS 1 and 2): booked later, within G; never booked; executed before the PG said so. */
  under_way_booked: refusedAs('under_way', (sent) => void twoStep(sent)),
  under_way_never: refusedAs('under_way'),
  already_executed: refusedAs('already_cancelled', ({ process }) => {
    const outcome = process();
    return outcome.kind === 'answered' ? undefined : outcome;
  }),
  already_cancelled: refusedAs('already_cancelled'),
  /** P2: checked on arrival, booked in a later step. The second: without an answer. */
  two_step: checkedFirst(twoStep),
  two_step_lost: unanswered(checkedFirst(twoStep)),
  /** P6: two entries, the second at any later time. */
  split,
  split_lost: unanswered(split),
  /** Booked, with an entry that is not shown. */
  hidden,
  hidden_lost: unanswered(hidden),
  /** P5: code 0 (or "under way"), booked or refused at any later time. */
  accepted: accepting(true),
  accepted_then_refused: accepting(false),
  accepted_lost: unanswered(accepting(true)),
  under_way_accepted: refusedAs('under_way', ({ call, provider }) => provider.accept(call, true)),
  /** Executed at the PG; i'mport has lost it. */
  lost_by_iamport: unanswered(
    checkedFirst(({ call, provider }) => {
      provider.loseAfterExecution(call);
      return UNKNOWN;
    }),
  ),
  /** Booked, but the payment in the answer does not show it yet. */
  stale_answer: ({ provider, process }) => {
    const payment = provider.snapshot();
    const outcome = process();
    return outcome.kind === 'answered' ? { ...outcome, payment } : outcome;
  },
} satisfies Readonly<Record<string, Fate>>;
export type SendFate = keyof typeof SENDS;

type Shown = (payment: ProviderPayment, past: readonly ProviderPayment[]) => ProviderPayment;

/** Readings of an older state: P7 limits them. */
const STALE = {
  /** The history has the last cancel, and the sum not yet. */
  ahead_of_its_sum: (payment) => {
    const { cancelAmount, cancelHistory } = payment;
    return { ...payment, cancelAmount: minus(cancelAmount, cancelHistory.at(-1)?.amount ?? (0 as Minor)) };
  },
  /** As before the last change, or as at the start. */
  stale: (payment, past) => past.at(-1) ?? payment,
  from_the_beginning: (payment, past) => past[0] ?? payment,
} satisfies Readonly<Record<string, Shown>>;

/** Wrong ways in which the provider may show a payment once. */
const READINGS_OF = {
  listed_twice: (payment) => {
    const { cancelHistory } = payment;
    return { ...payment, cancelHistory: [...cancelHistory, ...cancelHistory.slice(-1)] };
  },
  /** A cancel counts in the sum, and its entry is missing. */
  entry_missing: (payment) => ({ ...payment, cancelHistory: payment.cancelHistory.slice(0, -1) }),
  unordered: (payment) => ({ ...payment, cancelHistory: payment.cancelHistory.map(untimed).toReversed() }),
  sum_not_told: (payment) => ({
    ...payment,
    sumTold: false,
    cancelAmount: sum(payment.cancelHistory.map(({ amount }) => amount)),
  }),
  ...STALE,
} satisfies Readonly<Record<string, Shown>>;
export type Reading = keyof typeof READINGS_OF;
export const READINGS = Object.keys(READINGS_OF) as readonly Reading[];

/** Only with ids: without them two entries would be equal in all fields. */
function untimed(entry: CancelEntry): CancelEntry {
  const { cancelledAtMs: _untold, ...rest } = entry;
  return entry.cancellationId === undefined ? entry : rest;
}

/** The provider as the actors see it: each call is a step of the run and may end in any way that P1 to P7 allow. */
export class AdversityOfProvider {
  readonly #world: ProviderWorld;
  /** Stale looks after G: when they began, and their request. */
  readonly #stale: { readonly atMs: number; readonly request: string }[] = [];

  constructor(world: ProviderWorld) {
    this.#world = world;
  }

  state(): unknown {
    return this.#stale;
  }

  gateway(name: string): PaymentGateway {
    const { providers, adversity } = this.#world;
    const { run, fates } = adversity;
    return {
      prepare: async () => ({ kind: 'ready' }),
      hashAccount: async () => undefined,
      list: async () => ({ kind: 'failed', cause: 'not part of this world' }),
      find: async (merchantUid) => {
        const provider = [...providers.values()].find(({ options }) => options.merchantUid === merchantUid);
        return run.step(name, 'asks for the order', () => this.#look(provider));
      },
      payment: async (impUid) => {
        const seen = await run.step(name, 'looks', () => this.#look(providers.get(impUid)));
        return fates.slowLooks === true ? run.step(name, 'hears it', () => seen) : seen;
      },
      cancel: async (call) => {
        const heard = await run.step(name, 'sends the cancel', () => this.#send(name, call));
        if (heard.kind !== 'to_come') return heard;
        const answer = await heard.answer;
        return run.step(name, 'hears the answer', answer);
      },
    };
  }

  #look(provider: ModelProvider | undefined): LookUp {
    const { adversity } = this.#world;
    const fate = adversity.fateOf(adversity.fates.looks ?? ['found'], 'found');
    if (fate === 'failed') return { kind: 'failed', cause: 'HTTP 502' };
    if (fate === 'missing' || provider === undefined) return { kind: 'missing' };
    const payment = provider.snapshot();
    const isRight = fate === 'found' || !this.#mayShow(fate, provider);
    return { kind: 'found', payment: isRight ? payment : READINGS_OF[fate](payment, provider.past) };
  }

  #mayShow(reading: Reading, { options }: ModelProvider): boolean {
    const { nowMs } = this.#world;
    const request = this.#world.afterG(options.impUid);
    if (!(reading in STALE) || request === undefined) return true;
    const isSecond = this.#stale.some(
      (stale) => stale.request === request && nowMs - stale.atMs >= STALE_ONCE_IN_MS,
    );
    if (!isSecond) this.#stale.push({ atMs: nowMs, request });
    return !isSecond;
  }

  #send(name: string, call: CancelCall): Heard {
    const world = this.#world;
    const { nowMs, adversity, quietPeriodMs } = world;
    const provider = world.providers.get(call.impUid);
    if (provider === undefined) throw new Error('Bug: a cancel of an unknown payment');
    // As the real client does: a late request is not sent.
    if (nowMs > call.sendBeforeMs) return { kind: 'not_sent', cause: 'late' };
    const fate = adversity.fateOf(adversity.fates.sends, 'answered');
    if (fate !== 'not_sent') world.leaves(name, call);
    return SENDS[fate]({
      call,
      provider,
      world,
      process: (booking) => provider.process(call, world.nowMs, booking),
      within: (effect) => adversity.hold('the request', { call, byMs: nowMs + quietPeriodMs }, effect),
    });
  }
}
