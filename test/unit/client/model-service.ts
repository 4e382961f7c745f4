import { aPayment } from './page.ts';

export type Fate = 'done' | 'lost' | 'answer_lost' | 'in_doubt' | 'died' | 'down' | 'refused';

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly amount: number;
  readonly at: number;
  status: 'cancelled' | 'rejected' | 'unknown';
}

/** The service as its contract has it, in a few lines: one refund a key, whatever happens to the answers. */
export class ModelService {
  readonly refunds = new Map<string, Kept>();
  posts = 0;
  readonly #fates: readonly Fate[];
  readonly #now: () => number;
  #turn = 0;

  constructor(fates: readonly Fate[], now: () => number) {
    this.#fates = fates;
    this.#now = now;
  }

  get executed(): number {
    return [...this.refunds.values()].filter(({ status }) => status === 'cancelled').length;
  }

  /** As the page calls it. */
  readonly fetch: typeof fetch = async (_, init) => {
    const fate = this.#fates[this.#turn++ % this.#fates.length] ?? 'done';
    if (init?.method === 'POST')
      return this.#cancel(fate, new Headers(init.headers), typeof init.body === 'string' ? init.body : '');
    if (fate === 'lost' || fate === 'answer_lost') throw new TypeError('no connection');
    for (const refund of this.refunds.values()) {
      if (refund.status !== 'unknown' || fate === 'in_doubt') continue;
      refund.status = fate === 'refused' ? 'rejected' : 'cancelled';
    }
    return json(200, aPayment(...[...this.refunds.values()].map(told)));
  };

  #cancel(fate: Fate, headers: Headers, body: string): Response {
    this.posts += 1;
    if (fate === 'lost') throw new TypeError('no connection');
    if (fate === 'down') return json(503, { code: 'PROVIDER_UNAVAILABLE', message: 'down' });
    const name = `${headers.get('authorization')} ${headers.get('idempotency-key')}`;
    const known = this.refunds.get(name);
    if (known !== undefined && known.body !== body) return json(422, { code: 'IDEMPOTENCY_KEY_REUSED' });
    const refund = known ?? this.#make(fate, body);
    this.refunds.set(name, refund);
    if (fate === 'answer_lost') throw new TypeError('the line was cut');
    if (fate === 'died') return json(500, { code: 'INTERNAL_ERROR', message: 'died' });
    const answer = { ...aPayment(), refund: told(refund) };
    if (refund.status === 'cancelled') return json(200, answer);
    return refund.status === 'unknown'
      ? json(202, answer)
      : json(422, { code: 'CANCEL_REJECTED', message: 'refused', refund: told(refund) });
  }

  #make(fate: Fate, body: string): Kept {
    const { cancel_request_amount: amount } = JSON.parse(body) as { readonly cancel_request_amount: number };
    const status = fate === 'in_doubt' ? 'unknown' : fate === 'refused' ? 'rejected' : 'cancelled';
    return { id: `rf_${this.refunds.size}`, body, amount, at: this.#now(), status };
  }
}

function told({ id, amount, at, status }: Kept): object {
  return { refund_id: id, amount, status, requested_at: Math.floor(at / 1_000), receipt_url: null };
}

function json(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status });
}
