import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Outcome } from '../../../lib/client/refund-client.ts';
import { ModelService, type Fate } from './model-service.ts';
import { Api, aPage, aStorage, Hands, tokenOf } from './page.ts';

/** The steps of a random sequence: what the customer does, and how the clock and the sign-in change. */
type Step =
  | { readonly do: 'press'; readonly amount: number; readonly reason: string }
  | { readonly do: 'confirm' | 'drop' | 'load' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'sign_in'; readonly sub: string };

const FATES: readonly Fate[] = [
  'done',
  'lost',
  'answer_lost',
  'in_doubt',
  'died',
  'down',
  'refused',
  'not_executed',
  'unreserved',
];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('press' as const),
      amount: fc.constantFrom(100, 200),
      reason: fc.constantFrom('a', 'b'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('confirm' as const, 'drop' as const, 'load' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1_000, 700_000, 3e9, -3e9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sign_in' as const),
      sub: fc.constantFrom('customer-1', 'customer-2'),
    }),
  },
);

/** Plays a sequence of steps in one browser. Throws when a rule is broken. */
class Day {
  readonly #hands = new Hands();
  /** The service's clock is not affected when the test sets the page's clock. */
  readonly #service: ModelService;
  readonly #storage = aStorage();
  readonly #told = new Set<string>();
  #sub = 'customer-1';
  /** Refunds that the page may never report: their kept request was dropped, or taken over by another caller. */
  #unseen = 0;
  #asked: Outcome | undefined;
  #page = this.#load();

  constructor(fates: readonly Fate[]) {
    this.#service = new ModelService(fates, () => 1_700_000_000_000 + this.#hands.waitedMs);
  }

  #load() {
    const fetch: typeof globalThis.fetch = async (...call) => this.#service.fetch(...call);
    const getToken = (): string => tokenOf(this.#sub);
    return aPage(new Api(), this.#hands, { fetch, getToken, storage: this.#storage.storage });
  }

  async live(next: Step): Promise<void> {
    switch (next.do) {
      case 'press': {
        const { amount, reason } = next;
        return this.#hear(
          await this.#page.cancel({ merchant_uid: 'o', cancel_request_amount: amount, reason }),
        );
      }
      case 'confirm': {
        const { kind } = this.#asked ?? {};
        const kept = this.#asked?.kind === 'needs_confirmation' ? this.#asked.kept : undefined;
        if (kind !== 'needs_confirmation' || kept === undefined) return undefined;
        if (!this.#isOwn()) this.#unseen += 1;
        return this.#hear(await this.#page.confirm(kept.request));
      }
      case 'load': {
        this.#page = this.#load();
        const before = this.#service.posts;
        const outcome = await this.#page.resume('o');
        if (this.#service.posts !== before) throw new Error('loading a page has sent something');
        return this.#hear(outcome);
      }
      case 'drop':
        this.#unseen += this.#storage.kept.size;
        return this.#page.drop('o');
      case 'pass':
        return this.#hands.set(next.ms);
      case 'sign_in':
        this.#sub = next.sub;
        return undefined;
    }
  }

  #isOwn(): boolean {
    const [text = '{}'] = this.#storage.kept.values();
    return (JSON.parse(text) as { readonly subject?: string }).subject === this.#sub;
  }

  #hear(outcome: Outcome): void {
    this.#asked = outcome;
    const refunds = [...this.#service.refunds.values()];
    if (outcome.kind === 'cancelled') {
      const refund = refunds.find(({ id }) => id === outcome.refund_id);
      if (refund?.status !== 'cancelled') throw new Error('a refund that was told has not happened');
      this.#told.add(refund.id);
    }
    const open = this.#storage.kept.size;
    const most = this.#told.size + this.#unseen + open;
    if (this.#service.executed > most)
      throw new Error(`${this.#service.executed} refunds, ${most} accounted for`);
  }
}

describe('random sequences of presses, page loads and network failures', () => {
  it('no kept request refunds twice, no page load sends a POST, and each refund is reported or still kept', async () => {
    const days = fc.record({
      steps: fc.array(step, { maxLength: 14 }),
      fates: fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(days, async ({ steps, fates }) => {
        const day = new Day(fates);
        for (const next of steps) await day.live(next);
      }),
      { numRuns: 1_500 },
    );
  });
});
