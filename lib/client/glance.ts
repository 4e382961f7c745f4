import type { Following } from './options.ts';
import { isPathless } from './pathless.ts';
import { paymentIn, refundsIn } from './proof.ts';
import type { Line, Reply } from './reply.ts';
import type { Payment, Refund } from './types.ts';
import { refundOf, similarTo, type Wish } from './wish.ts';

/** A payment keeps 100 refunds at most, 20 a page. */
const MAX_PAGES = 6;

export type Place = Pick<Wish, 'merchant_uid' | 'imp_uid'>;

export interface Glance {
  readonly reply: Reply | undefined;
  readonly payment: Payment | undefined;
  readonly refund: Refund | undefined;
  readonly similar: readonly Refund[];
  /** Every refund of the payment was looked at, and this one is not among them. */
  readonly isMissing: boolean;
}

/** A look at the payment moves nothing: it is how a page learns what became of a wish. */
export async function glanceAt(wish: Wish, line: Line, following: Following): Promise<Glance> {
  let reply: Reply | undefined;
  let payment: Payment | undefined;
  let similar: readonly Refund[] = [];
  let before: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    reply = await lookUp(wish, line, following, before);
    const seen = paymentIn(reply);
    if (seen === undefined) return { reply, payment, refund: undefined, similar, isMissing: false };
    payment ??= seen;
    const refunds = refundsIn(seen);
    similar = [...similarTo(wish, refunds), ...similar];
    const refund = refundOf(wish, refunds);
    before = seen.refunds_before ?? undefined;
    // Without an id it is found by its time, so among the newest or not at all.
    const isEnd = before === undefined || wish.refund_id === undefined;
    if (refund !== undefined || isEnd) {
      return { reply, payment, refund, similar, isMissing: refund === undefined && before === undefined };
    }
  }
  return { reply, payment, refund: undefined, similar, isMissing: false };
}

export async function lookUp(
  place: Place,
  line: Line,
  following: Following,
  before?: string,
): Promise<Reply | undefined> {
  return line.ask({ path: pathOf(place, before), method: 'GET' }, following);
}

/** An order number that a path cannot carry is looked up by the payment's own. */
function pathOf({ merchant_uid: order, imp_uid: payment }: Place, before: string | undefined): string {
  const query = new URLSearchParams({
    ...(payment === null ? {} : { imp_uid: payment }),
    ...(before === undefined ? {} : { before }),
  }).toString();
  const path = payment !== null && isPathless(order) ? '/payments' : `/payments/${encodeURIComponent(order)}`;
  return query === '' ? path : `${path}?${query}`;
}
