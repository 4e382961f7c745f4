import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Outcome } from '../../../lib/client/refund-client.ts';
import {
  anew,
  answered,
  api,
  aRefund,
  at,
  looked,
  page,
  problem,
  REQUESTED_AT,
  tokenOf,
  type Received,
  type Scripted,
} from './page.ts';

/** What may become of a call. */
const ENDINGS = [
  'done',
  'lost',
  'answer_lost',
  'in_doubt',
  'died',
  'down',
  'refused',
  'not_executed',
  'unreserved',
] as const;
type Ending = (typeof ENDINGS)[number];

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly amount: number;
  readonly at: number;
  status: 'cancelled' | 'rejected' | 'not_executed' | 'unknown';
}

const REFUSED = { rejected: 'CANCEL_REJECTED', not_executed: 'NOT_EXECUTED' } as const;

/** A small model of the service: one refund per key, whether or not its answer arrives. */
class ModelService {
  readonly refunds = new Map<string, Kept>();
  posts = 0;
  readonly #endings: readonly Ending[];
  #turn = 0;

  constructor(endings: readonly Ending[]) {
    this.#endings = endings;
  }

  get executed(): number {
    return [...this.refunds.values()].filter(({ status }) => status === 'cancelled').length;
  }

  answer(received: Received): Scripted {
    const ending = this.#endings[this.#turn++ % this.#endings.length] ?? 'done';
    if (received.method === 'POST') return this.#cancel(ending, received);
    if (ending === 'lost' || ending === 'answer_lost') return 'reset';
    const all = [...this.refunds.values()];
    for (const refund of all) if (refund.status === 'unknown') refund.status = endOf(ending);
    const [, id] = /\/refunds\/([^?]+)/.exec(received.path) ?? [];
    if (id === undefined) return looked(...all.map(told));
    const refund = all.find((each) => each.id === id);
    if (refund !== undefined) return answered(200, told(refund));
    return ending === 'in_doubt'
      ? answered(200, { refund_id: id, status: 'unknown' })
      : problem(404, 'REFUND_NOT_FOUND');
  }

  #cancel(ending: Ending, { headers, key, body }: Received): Scripted {
    this.posts += 1;
    if (ending === 'lost') return 'reset';
    if (ending === 'down') return problem(503, 'PROVIDER_UNAVAILABLE');
    const name = `${headers['authorization']} ${key}`;
    const known = this.refunds.get(name);
    if (known !== undefined && known.body !== body) return problem(422, 'IDEMPOTENCY_KEY_REUSED');
    if (known === undefined && ending === 'unreserved') return open({ refund_id: `rf_not_${this.posts}` });
    const refund = known ?? this.#make(ending, body);
    this.refunds.set(name, refund);
    if (ending === 'answer_lost') return 'reset';
    if (ending === 'died') return problem(500, 'INTERNAL_ERROR');
    if (refund.status === 'cancelled') return answered(200, told(refund));
    if (refund.status === 'unknown') return open(told(refund));
    return problem(422, REFUSED[refund.status], { refund: told(refund) });
  }

  #make(ending: Ending, body: string): Kept {
    const { cancel_request_amount: amount } = JSON.parse(body) as { readonly cancel_request_amount: number };
    // The service's clock is not affected when the test sets the page's clock.
    const nowMs = REQUESTED_AT * 1_000 + at.clock.waitedMs;
    return { id: `rf_${this.refunds.size}`, body, amount, at: nowMs, status: endOf(ending) };
  }
}

function endOf(ending: Ending): Kept['status'] {
  if (ending === 'in_doubt') return 'unknown';
  if (ending === 'not_executed') return ending;
  return ending === 'refused' ? 'rejected' : 'cancelled';
}

function told({ id, amount, at: atMs, status }: Kept) {
  return aRefund(status, { refund_id: id, amount, requested_at: Math.floor(atMs / 1_000) });
}

function open(refund: { readonly refund_id: string }): Scripted {
  const location = `/payments/o/refunds/${refund.refund_id}?asked_at=1`;
  return answered(202, { status: 'unknown', ...refund }, location);
}

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
  readonly #service: ModelService;
  readonly #told = new Set<string>();
  #sub = 'customer-1';
  /** Refunds that the page may never report: their kept request was dropped, or taken over by another caller. */
  #unseen = 0;
  #asked: Outcome | undefined;
  #page: ReturnType<typeof page>;

  constructor(endings: readonly Ending[]) {
    anew();
    this.#service = new ModelService(endings);
    api.otherwise = (received) => this.#service.answer(received);
    this.#page = this.#load();
  }

  #load() {
    return page({ getToken: () => tokenOf(this.#sub) });
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
        const kept = this.#asked?.kind === 'needs_confirmation' ? this.#asked.kept : undefined;
        if (kept === undefined) return undefined;
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
    const most = this.#told.size + this.#unseen + at.kept.size;
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
