import * as v from 'valibot';
import { optional } from './described.ts';
import { LIST_STATUSES, type ListCursor, type ListRequest } from '../protocol/list.ts';
import { periodIn, type Period } from '../refund/korea-time.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { fault, type BodyRules } from './body.ts';
import { impUid, merchantUid, name, rule } from './schemas.ts';

/** A longer period would take minutes to read. */
const MOST_DAYS = 92;
const DAY_MS = 24 * 3_600_000;

const DEFAULT_LIMIT = 50;
const MOST_A_PAGE = 100;

/** An unescaped plus sign arrives as a space. */
function timeIn(text: unknown): Period | undefined {
  return typeof text === 'string' ? periodIn(text.replace(' ', '+')) : undefined;
}

function time(description: string) {
  return v.pipe(
    v.string(rule('text')),
    v.check((text) => timeIn(text) !== undefined, rule('time')),
    v.description(description),
  );
}

/** Query of `GET /refunds`. Strict: with a misspelt name ignored, the list would be a different one. */
export const ListQuery = v.strictObject({
  from: v.optional(
    time(
      `A day of Korea (2026-11-25), or a time with its offset; at most ${MOST_DAYS} days before \`to\`. Without it the last ` +
        '30 days; but refunds of whatever age with `status=open`, `merchant_uid`, `imp_uid`, `refund_id` or `reference`.',
    ),
  ),
  to: v.optional(time('A day of Korea, which is included, or a time, which is not. Without it until now.')),
  status: optional(
    v.picklist(LIST_STATUSES, rule('list_status')),
    '`open`: what is not final, of whatever age; `unknown`: the same, of the last 30 days.',
  ),
  merchant_uid: v.optional(merchantUid),
  imp_uid: optional(impUid, 'i’mport’s number of the payment.'),
  refund_id: v.optional(name(64, 'One refund, even one that was never sent.')),
  reference: v.optional(name(100, 'The shop’s own number of the refund.')),
  limit: v.optional(
    v.pipe(
      v.string(rule('text')),
      v.regex(/^(?:[1-9][0-9]?|100)$/, rule('list_limit')),
      v.description(`Refunds a page: 1 to ${MOST_A_PAGE}, and ${DEFAULT_LIMIT} without it.`),
    ),
  ),
  cursor: v.optional(
    v.pipe(
      v.string(rule('text')),
      v.check((text) => readCursor(text) !== undefined, rule('cursor')),
      v.description('`next` of the page before.'),
    ),
  ),
});

export function listRules(nowMs: number): BodyRules<v.InferOutput<typeof ListQuery>> {
  return {
    schema: ListQuery,
    together: ({ from, to, cursor }) => {
      const begin = timeIn(from);
      const end = to === undefined ? nowMs : timeIn(to)?.endMs;
      if (begin === undefined || end === undefined) return [];
      if (begin.beginMs >= end) return [fault('/from', 'before_to')];
      // What is left of a list that has begun: without `to` its end moves on with the clock.
      const behind = typeof cursor === 'string' ? readCursor(cursor) : undefined;
      const isTooLong =
        behind === undefined
          ? end - begin.beginMs > MOST_DAYS * DAY_MS
          : Math.min(end, behind.atMs) - begin.beginMs > LONGEST_MS;
      return isTooLong ? [fault('/from', 'days_before_to', MOST_DAYS)] : [];
    },
  };
}

export function listRequest(query: v.InferOutput<typeof ListQuery>): ListRequest {
  return {
    limit: query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit),
    ...omitMissing({
      fromMs: timeIn(query.from)?.beginMs,
      toMs: timeIn(query.to)?.endMs,
      status: query.status,
      merchantUid: query.merchant_uid,
      impUid: query.imp_uid,
      refundId: query.refund_id,
      reference: query.reference,
      cursor: query.cursor === undefined ? undefined : readCursor(query.cursor),
    }),
  };
}

// --- The cursor ---

/** The latest day that a query can name. */
const LAST_MS = Date.UTC(9999, 11, 31);
const ms = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LAST_MS));
/** Without `to` a list ends one day in the future. */
const LONGEST_MS = (MOST_DAYS + 1) * DAY_MS;
const Cursor = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictTuple([ms, v.pipe(v.string(), v.regex(/^[\w-]{0,64}$/)), v.nullable(ms)]),
  // Days are read one by one: no list has a longer period.
  v.check(([atMs, , fromMs]) => fromMs === null || (fromMs <= atMs && atMs - fromMs <= LONGEST_MS)),
);

export function cursorText({ atMs, refundId, fromMs }: ListCursor): string {
  return Buffer.from(JSON.stringify([atMs, refundId, fromMs ?? null])).toString('base64url');
}

/** Undefined: no cursor of ours. */
function readCursor(text: string): ListCursor | undefined {
  const parsed = v.safeParse(Cursor, Buffer.from(text, 'base64url').toString());
  if (!parsed.success) return undefined;
  const [atMs, refundId, fromMs] = parsed.output;
  return { atMs, refundId, ...omitMissing({ fromMs }) };
}
