import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Outcome } from '../../../lib/client/refund-client.ts';
import { ENDINGS, ModelService, type Ending } from './model-service.ts';
import { anew, at, page, tokenOf } from './page.ts';

/** The steps of a random sequence: what the customer does, and how the clock and the sign-in change. */
type Step =
  | { readonly do: 'press'; readonly amount: number; readonly reason: string }
  | { readonly do: 'confirm' | 'drop' | 'load' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'sign_in'; readonly sub: string };

/** The more often a step stands here, the likelier it is. */
const STEPS: readonly Step[] = [
  ...[100, 200].flatMap((amount) => ['a', 'b'].map((reason) => ({ do: 'press', amount, reason }) as const)),
  ...(['confirm', 'confirm', 'load', 'load', 'drop'] as const).map((each) => ({ do: each })),
  ...[1_000, 700_000, 3e9, -3e9].map((ms) => ({ do: 'pass', ms }) as const),
  ...['customer-1', 'customer-2'].map((sub) => ({ do: 'sign_in', sub }) as const),
];

/** Plays a sequence of steps in one browser. Throws when a rule is broken. */
class Day {
  /** The service's clock is not affected when the test sets the page's clock. */
  readonly #service: ModelService;
  readonly #told = new Set<string>();
  #sub = 'customer-1';
  /** Refunds that the page may never report: their kept request was dropped, or taken over by another caller. */
  #unseen = 0;
  #asked: Outcome | undefined;
  #page: ReturnType<typeof page>;

  constructor(endings: readonly Ending[]) {
    anew();
    this.#service = new ModelService(endings, () => 1_700_000_000_000 + at.clock.waitedMs);
    this.#page = this.#load();
  }

  #load() {
    return page({ fetch: this.#service.fetch, getToken: () => tokenOf(this.#sub) });
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
        this.#unseen += at.kept.size;
        return this.#page.drop('o');
      case 'pass':
        return at.clock.set(next.ms);
      case 'sign_in':
        this.#sub = next.sub;
        return undefined;
    }
  }

  #isOwn(): boolean {
    const [text = '{}'] = at.kept.values();
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
    const open = at.kept.size;
    const most = this.#told.size + this.#unseen + open;
    if (this.#service.executed > most)
      throw new Error(`${this.#service.executed} refunds, ${most} accounted for`);
  }
}

describe('random sequences of presses, page loads and network failures', () => {
  it('no kept request refunds twice, no page load sends a POST, and each refund is reported or still kept', async () => {
    const days = fc.record({
      steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 14 }),
      endings: fc.array(fc.constantFrom(...ENDINGS), { minLength: 1, maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(days, async ({ steps, endings }) => {
        const day = new Day(endings);
        for (const next of steps) await day.live(next);
      }),
      { numRuns: 1_500 },
    );
  });
});
