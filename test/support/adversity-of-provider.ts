import type { CancelCall, CancelOutcome, LookUp, PaymentGateway } from '../../functions/protocol/ports.ts';
import { assertNever } from '../../functions/refund/assert-never.ts';
import { minus, type Minor } from '../../functions/refund/money.ts';
import type { Adversity, SendFate } from './adversity.ts';
import { PG_TEXTS, refused, type Booking, type ModelProvider } from './model-provider.ts';
import { isStale, readAs, type Reading } from './readings.ts';

/** P7: of two looks that began this far apart after G, not both are stale. */
const STALE_ONCE_IN_MS = 30_000;

export interface ProviderWorld {
  readonly nowMs: number;
  /** G. */
  readonly quietPeriodMs: number;
  readonly providers: ReadonlyMap<string, ModelProvider>;
  /** The request that a look beginning now is about, when that look is after G. */
  afterG(impUid: string): string | undefined;
  /** Records that a cancel leaves now. */
  leaves(name: string, call: CancelCall): void;
}

type Heard =
  | CancelOutcome
  /** The answer is a step of its own and shows the payment of that moment. */
  | { readonly kind: 'to_come'; readonly answer: Promise<() => CancelOutcome> };

/** The provider as one actor sees it: each call is a step of the run and may end in any way that P1 to P7 allow. */
export class AdversityOfProvider {
  readonly #adversity: Adversity;
  readonly #world: ProviderWorld;
  /** Stale looks after G: when they began, and their request. */
  readonly #stale: { readonly atMs: number; readonly request: string }[] = [];

  constructor(adversity: Adversity, world: ProviderWorld) {
    this.#adversity = adversity;
    this.#world = world;
  }

  state(): unknown {
    return this.#stale;
  }

  gateway(name: string): PaymentGateway {
    const { run, fates } = this.#adversity;
    return {
      prepare: async () => ({ kind: 'ready' }),
      hashAccount: async () => undefined,
      list: async () => ({ kind: 'failed', cause: 'not part of this world' }),
      find: async (merchantUid) => {
        const [provider] = [...this.#world.providers.values()].filter(
          ({ options }) => options.merchantUid === merchantUid,
        );
        return run.step(name, 'asks for the order', () => this.#look(provider));
      },
      payment: async (impUid) => {
        const provider = this.#world.providers.get(impUid);
        const seen = await run.step(name, 'looks', () => this.#look(provider));
        return fates.slowLooks === true ? run.step(name, 'hears it', () => seen) : seen;
      },
      cancel: async (call) => {
        const provider = this.#world.providers.get(call.impUid);
        if (provider === undefined) throw new Error('Bug: a cancel of an unknown payment');
        const heard = await run.step(name, 'sends the cancel', () => this.#send(name, call, provider));
        if (heard.kind !== 'to_come') return heard;
        const answer = await heard.answer;
        return run.step(name, 'hears the answer', answer);
      },
    };
  }

  #look(provider: ModelProvider | undefined): LookUp {
    const fate = this.#adversity.fateOf(this.#adversity.fates.looks ?? ['found']);
    if (fate === 'failed') return { kind: 'failed', cause: 'HTTP 502' };
    if (fate === 'missing' || provider === undefined) return { kind: 'missing' };
    const isShown = fate === 'found' || !this.#mayShow(fate, provider);
    return { kind: 'found', payment: isShown ? provider.snapshot() : readAs(provider, fate) };
  }

  #mayShow(reading: Reading, { options }: ModelProvider): boolean {
    const request = this.#world.afterG(options.impUid);
    if (!isStale(reading) || request === undefined) return true;
    const { nowMs } = this.#world;
    const isSecond = this.#stale.some(
      (stale) => stale.request === request && nowMs - stale.atMs >= STALE_ONCE_IN_MS,
    );
    if (!isSecond) this.#stale.push({ atMs: nowMs, request });
    return !isSecond;
  }

  #send(name: string, call: CancelCall, provider: ModelProvider): Heard {
    const { nowMs } = this.#world;
    // As the real client does: a late request is not sent.
    if (nowMs > call.sendBeforeMs) return { kind: 'not_sent', cause: 'late' };
    const fate = this.#adversity.fateOf(this.#adversity.fates.sends);
    if (fate === 'not_sent') return { kind: 'not_sent', cause: fate };
    this.#world.leaves(name, call);
    if (fate === 'refused_401') {
      return { kind: 'refused', provider: { code: -1, message: 'Unauthorized' }, by: 'http' };
    }
    return this.#arrive(fate, call, provider);
  }

  #arrive(
    fate: Exclude<SendFate, 'not_sent' | 'refused_401'>,
    call: CancelCall,
    provider: ModelProvider,
  ): Heard {
    const unknown = { kind: 'unknown', cause: fate } as const;
    const process = (booking?: Booking): CancelOutcome => provider.process(call, this.#world.nowMs, booking);
    switch (fate) {
      case 'answered':
        return process();
      case 'answer_lost':
        process();
        return unknown;
      case 'late':
        this.#within(call, process);
        return unknown;
      case 'much_later':
        this.#adversity.atTheEnd.push(() => void process());
        return unknown;
      case 'lost':
        return unknown;
      case 'refused_by_pg':
        return provider.check(call) ?? refusal('end');
      case 'under_way_never':
        return provider.check(call) ?? refusal('under_way');
      case 'already_cancelled':
        return provider.check(call) ?? refusal('already_cancelled');
      case 'lost_by_iamport':
        if (provider.check(call) === undefined) provider.loseAfterExecution(call);
        return unknown;
      case 'stale_answer': {
        const payment = provider.snapshot();
        const outcome = process();
        return outcome.kind === 'answered' ? { ...outcome, payment } : outcome;
      }
      case 'part_refused':
        return (
          provider.check(call) ?? provider.bookPart(call, this.#world.nowMs, half(call)) ?? refusal('end')
        );
      case 'hidden':
      case 'hidden_lost': {
        const outcome = process({ isHidden: true });
        if (fate === 'hidden_lost') return unknown;
        return outcome.kind === 'answered' ? asItIsThen(provider) : outcome;
      }
      case 'already_executed': {
        const outcome = process();
        return outcome.kind === 'answered' ? refusal('already_cancelled') : outcome;
      }
      case 'two_step':
      case 'two_step_lost':
      case 'under_way_booked': {
        const notDone = provider.check(call);
        if (notDone !== undefined) return fate === 'two_step_lost' ? unknown : notDone;
        const answer = new Promise<() => CancelOutcome>((resolve) => {
          this.#within(call, () => {
            const outcome = provider.book(call, this.#world.nowMs);
            resolve(() => outcome);
          });
        });
        if (fate === 'two_step') return { kind: 'to_come', answer };
        return fate === 'two_step_lost' ? unknown : refusal('under_way');
      }
      case 'split':
      case 'split_lost': {
        const part = half(call);
        const rest = minus(call.amount, part);
        const outcome = process({ part });
        if (outcome.kind === 'answered' && rest > 0)
          this.#adversity.hold('the PG', { call }, () => provider.bookRest(call, this.#world.nowMs, rest));
        return fate === 'split' ? outcome : unknown;
      }
      case 'accepted':
      case 'accepted_then_refused':
      case 'accepted_lost':
      case 'under_way_accepted': {
        // An asynchronous PG accepts what fits the balance now, and decides later.
        const notDone = provider.check(call);
        if (notDone === undefined) provider.accept(call, fate !== 'accepted_then_refused');
        if (fate === 'accepted_lost') return unknown;
        if (notDone !== undefined) return notDone;
        return fate === 'under_way_accepted' ? refusal('under_way') : asItIsThen(provider);
      }
      default:
        return assertNever(fate);
    }
  }

  /** P3: it is executed up to G after it was sent. */
  #within(call: CancelCall, effect: () => void): void {
    const byMs = this.#world.nowMs + this.#world.quietPeriodMs;
    this.#adversity.hold('the request', { call, byMs }, effect);
  }
}

/** The answer code 0, with the payment as it is when the answer arrives. */
function asItIsThen(provider: ModelProvider): Heard {
  const answered = (): CancelOutcome => ({ kind: 'answered', payment: provider.snapshot() });
  return { kind: 'to_come', answer: Promise.resolve(answered) };
}

function half({ amount }: CancelCall): Minor {
  return Math.ceil(amount / 2) as Minor;
}

function refusal(what: keyof typeof PG_TEXTS): CancelOutcome {
  return refused(-1, PG_TEXTS[what]);
}
