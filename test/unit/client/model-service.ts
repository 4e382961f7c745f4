import { aPayment } from './page.ts';

/** What may become of a call. */
export const ENDINGS = [
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
export type Ending = (typeof ENDINGS)[number];

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
  readonly #endings: readonly Ending[];
  readonly #now: () => number;
  #turn = 0;

  constructor(endings: readonly Ending[], now: () => number) {
    this.#endings = endings;
    this.#now = now;
  }

  get executed(): number {
    return [...this.refunds.values()].filter(({ status }) => status === 'cancelled').length;
  }

  /** The `fetch` that the page calls. */
  readonly fetch: typeof fetch = async (input, init) => {
    const ending = this.#endings[this.#turn++ % this.#endings.length] ?? 'done';
    if (init?.method === 'POST')
      return this.#cancel(ending, new Headers(init.headers), typeof init.body === 'string' ? init.body : '');
    if (ending === 'lost' || ending === 'answer_lost') throw new TypeError('no connection');
    for (const refund of this.refunds.values()) {
      if (refund.status === 'unknown' && ending !== 'in_doubt') refund.status = endOf(ending);
    }
    const all = [...this.refunds.values()];
    const [, id] = /\/refunds\/([^?]+)/.exec(typeof input === 'string' ? input : '') ?? [];
    if (id === undefined) return json(200, aPayment(...all.map(told)));
    const refund = all.find((each) => each.id === id);
    if (refund !== undefined) return json(200, { ...aPayment(), refund: told(refund) });
    return ending === 'in_doubt'
      ? json(200, { ...aPayment(), refund: { refund_id: id, status: 'unknown' } })
      : json(404, { code: 'REFUND_NOT_FOUND' });
  };

  #cancel(ending: Ending, headers: Headers, body: string): Response {
    this.posts += 1;
    if (ending === 'lost') throw new TypeError('no connection');
    if (ending === 'down') return json(503, { code: 'PROVIDER_UNAVAILABLE', message: 'down' });
    const name = `${headers.get('authorization')} ${headers.get('idempotency-key')}`;
    const known = this.refunds.get(name);
    if (known !== undefined && known.body !== body) return json(422, { code: 'IDEMPOTENCY_KEY_REUSED' });
    if (known === undefined && ending === 'unreserved') return open({ refund_id: `rf_not_${this.posts}` });
    const refund = known ?? this.#make(ending, body);
    this.refunds.set(name, refund);
    if (ending === 'answer_lost') throw new TypeError('the connection was cut');
    if (ending === 'died') return json(500, { code: 'INTERNAL_ERROR', message: 'died' });
    if (refund.status === 'cancelled') return json(200, { ...aPayment(), refund: told(refund) });
    if (refund.status === 'unknown') return open(told(refund));
    const code = refund.status === 'rejected' ? 'CANCEL_REJECTED' : 'NOT_EXECUTED';
    return json(422, { code, message: 'refused', refund: told(refund) });
  }

  #make(ending: Ending, body: string): Kept {
    const { cancel_request_amount: amount } = JSON.parse(body) as { readonly cancel_request_amount: number };
    const status = ending === 'in_doubt' ? 'unknown' : endOf(ending);
    return { id: `rf_${this.refunds.size}`, body, amount, at: this.#now(), status };
  }
}

function endOf(ending: Ending): Kept['status'] {
  if (ending === 'not_executed') return ending;
  return ending === 'refused' ? 'rejected' : 'cancelled';
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
