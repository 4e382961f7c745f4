import { aPayment } from './page.ts';

export type Fate =
  | 'done'
  | 'lost'
  | 'answer_lost'
  | 'in_doubt'
  | 'died'
  | 'down'
  | 'refused'
  | 'not_executed'
  | 'unreserved';

interface Kept {
  readonly id: string;
  readonly body: string;
  readonly amount: number;
  readonly at: number;
  status: 'cancelled' | 'rejected' | 'not_executed' | 'unknown';
}

/** A small model of the service: one refund per key, whether or not its answer arrives. */
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

  /** The `fetch` that the page calls. */
  readonly fetch: typeof fetch = async (input, init) => {
    const fate = this.#fates[this.#turn++ % this.#fates.length] ?? 'done';
    if (init?.method === 'POST')
      return this.#cancel(fate, new Headers(init.headers), typeof init.body === 'string' ? init.body : '');
    if (fate === 'lost' || fate === 'answer_lost') throw new TypeError('no connection');
    for (const refund of this.refunds.values()) {
      if (refund.status === 'unknown' && fate !== 'in_doubt') refund.status = endOf(fate);
    }
    const all = [...this.refunds.values()];
    const [, id] = /\/refunds\/([^?]+)/.exec(typeof input === 'string' ? input : '') ?? [];
    if (id === undefined) return json(200, aPayment(...all.map(told)));
    const refund = all.find((each) => each.id === id);
    if (refund !== undefined) return json(200, { ...aPayment(), refund: told(refund) });
    return fate === 'in_doubt'
      ? json(200, { ...aPayment(), refund: { refund_id: id, status: 'unknown' } })
      : json(404, { code: 'REFUND_NOT_FOUND' });
  };

  #cancel(fate: Fate, headers: Headers, body: string): Response {
    this.posts += 1;
    if (fate === 'lost') throw new TypeError('no connection');
    if (fate === 'down') return json(503, { code: 'PROVIDER_UNAVAILABLE', message: 'down' });
    const name = `${headers.get('authorization')} ${headers.get('idempotency-key')}`;
    const known = this.refunds.get(name);
    if (known !== undefined && known.body !== body) return json(422, { code: 'IDEMPOTENCY_KEY_REUSED' });
    if (known === undefined && fate === 'unreserved') return open({ refund_id: `rf_not_${this.posts}` });
    const refund = known ?? this.#make(fate, body);
    this.refunds.set(name, refund);
    if (fate === 'answer_lost') throw new TypeError('the connection was cut');
    if (fate === 'died') return json(500, { code: 'INTERNAL_ERROR', message: 'died' });
    if (refund.status === 'cancelled') return json(200, { ...aPayment(), refund: told(refund) });
    if (refund.status === 'unknown') return open(told(refund));
    const code = refund.status === 'rejected' ? 'CANCEL_REJECTED' : 'NOT_EXECUTED';
    return json(422, { code, message: 'refused', refund: told(refund) });
  }

  #make(fate: Fate, body: string): Kept {
    const { cancel_request_amount: amount } = JSON.parse(body) as { readonly cancel_request_amount: number };
    const status = fate === 'in_doubt' ? 'unknown' : endOf(fate);
    return { id: `rf_${this.refunds.size}`, body, amount, at: this.#now(), status };
  }
}

function endOf(fate: Fate): Kept['status'] {
  if (fate === 'not_executed') return fate;
  return fate === 'refused' ? 'rejected' : 'cancelled';
}

function told({ id, amount, at, status }: Kept) {
  return { refund_id: id, amount, status, requested_at: Math.floor(at / 1_000), receipt_url: null };
}

function open(refund: { readonly refund_id: string }): Response {
  const headers = { location: `/payments/o/refunds/${refund.refund_id}?asked_at=1` };
  return json(202, { ...aPayment(), refund: { status: 'unknown', ...refund } }, headers);
}

function json(status: number, body: object, headers = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}
