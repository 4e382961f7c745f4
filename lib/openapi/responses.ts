import { CODES, PROBLEM_CODES, type ProblemCode } from '../../functions/http/codes.ts';
import { EXAMPLES } from './examples.ts';
import type { Json } from './schemas.ts';

function content(type: string, schema: string, example?: unknown): Json {
  const described = { schema: { $ref: `#/components/schemas/${schema}` } };
  return { [type]: example === undefined ? described : { ...described, example } };
}

/** An answer in JSON. */
function answer(description: string, schema: string, example?: unknown, headers?: Json): Json {
  const body = content('application/json', schema, example);
  return headers === undefined ? { description, content: body } : { description, headers, content: body };
}

function header(description: string, type: 'string' | 'integer'): Json {
  return { description, schema: { type } };
}

const RETRY_AFTER = { 'Retry-After': header('Seconds to wait before asking again.', 'integer') };
const REPLAYED = {
  'Idempotency-Replayed': header(
    '`true`: this key has asked before, and this is its refund’s current answer.',
    'string',
  ),
};
const LOCATION = { Location: header('Where the outcome will be.', 'string') };
const LANGUAGE = {
  'Content-Language': header('`en` or `ko`, whichever `Accept-Language` prefers; `en` without it.', 'string'),
  Vary: header('`Accept-Language`.', 'string'),
};

/** Additions to the texts of some codes. */
const NOTES: Readonly<Partial<Record<ProblemCode, string>>> = {
  INVALID_REQUEST: 'every fault in `errors`',
  AMOUNT_EXCEEDS_CANCELABLE: 'with `cancelable_amount`',
  CHECKSUM_MISMATCH: 'with `cancelable_amount`',
  POSSIBLE_DUPLICATE: 'with the first one’s `refund`',
  SEVERAL_PAYMENTS: 'with `payments`',
  CANCEL_REJECTED: 'with what the `provider` said',
  NOT_EXECUTED: 'with the `refund`',
  ALREADY_CANCELLED_AT_PG: 'with what the `provider` said',
  REFUND_ACCOUNT_REQUIRED: 'every missing field in `errors`, with the `rule`',
  INVALID_REFUND_BANK: 'the right code in `errors`, with the `rule`',
  REFUND_NOT_ALLOWED: 'with the `rule`, its `source` and, where there is one, `possible_from`',
  PAYMENT_NOT_FOUND: 'unknown, or not the caller’s',
  PROPOSAL_DIFFERS: 'with `proposed_by` and `verdict`',
};

/** The codes of one status with their texts, from the one table of codes. */
function describe(codes: readonly ProblemCode[]): string {
  return codes
    .map((code) => {
      const note = NOTES[code];
      return `\`${code}\`${note === undefined ? '' : ` (${note})`}: ${CODES[code].en}`;
    })
    .join(' ');
}

/** The service's problem documents by status, for the codes that a route can answer. */
function problems(codes: readonly ProblemCode[], headers: Readonly<Record<number, Json>> = {}): Json {
  const statuses = [...new Set(codes.map((code) => CODES[code].status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: describe(codes.filter((code) => CODES[code].status === status)),
        headers: { ...LANGUAGE, ...headers[status] },
        content: content(
          'application/problem+json',
          'Problem',
          status === 400 ? EXAMPLES.problem : undefined,
        ),
      },
    ]),
  );
}

/** API Gateway answers these itself, before it calls the service. */
const UNAUTHORIZED = answer('No valid token.', 'GatewayError');
const THROTTLED = answer('Too many requests.', 'GatewayError');

/** From the service, or from the gateway, which finds no route if the order number cannot be in a path. */
function notFound(codes: readonly ProblemCode[]): Json {
  return {
    404: {
      description: `${describe(codes)} From the gateway for an order number with \`/\` or \`?\` in it.`,
      headers: LANGUAGE,
      content: {
        ...content('application/problem+json', 'Problem'),
        ...content('application/json', 'GatewayError'),
      },
    },
  };
}

/** Only the routes of the staff and the read of one refund can answer these. */
const NOT_OF_A_CANCEL: ReadonlySet<ProblemCode> = new Set([
  'PERSON_CLAIM_MISSING',
  'REFUND_NOT_FOUND',
  'FINDING_NOT_FOUND',
  'STILL_RESOLVABLE',
  'PROPOSAL_DIFFERS',
]);
const CANCEL_CODES = PROBLEM_CODES.filter((code) => !NOT_OF_A_CANCEL.has(code));
const ANY_ROUTE = ['INVALID_REQUEST', 'FORBIDDEN', 'INTERNAL_ERROR', 'STORE_UNAVAILABLE'] as const;
const OWN_THROTTLE = {
  description: `The gateway’s throttle, or ${describe(['TOO_MANY_REFUNDS'])}`,
  headers: { ...RETRY_AFTER, ...LANGUAGE },
  content: {
    ...content('application/problem+json', 'Problem'),
    ...content('application/json', 'GatewayError'),
  },
};

/** Answers of every route that needs a token, in addition to the route's own; `missing`: the codes of its 404. */
function behindToken(codes: readonly ProblemCode[], ...missing: readonly ProblemCode[]): Json {
  return {
    401: UNAUTHORIZED,
    429: THROTTLED,
    ...problems(codes, { 503: RETRY_AFTER }),
    ...(missing.length === 0 ? {} : notFound(missing)),
  };
}

export const CANCEL: Json = {
  200: answer('Cancelled and saved.', 'CancelAnswer', EXAMPLES.cancelled, REPLAYED),
  202: answer(
    'The outcome is not known yet; it will be resolved without being asked again.',
    'CancelAnswer',
    EXAMPLES.unknown,
    { ...LOCATION, ...RETRY_AFTER, ...REPLAYED },
  ),
  401: UNAUTHORIZED,
  ...problems(CANCEL_CODES, {
    409: { ...RETRY_AFTER, ...REPLAYED },
    422: REPLAYED,
    503: RETRY_AFTER,
  }),
  429: OWN_THROTTLE,
};

export const READ: Json = {
  200: answer('The payment.', 'PaymentAnswer', EXAMPLES.payment, RETRY_AFTER),
  ...behindToken(ANY_ROUTE, 'PAYMENT_NOT_FOUND'),
};

export const READ_REFUND: Json = {
  200: answer('The refund, with its payment.', 'RefundAnswer', EXAMPLES.cancelled, RETRY_AFTER),
  ...behindToken(ANY_ROUTE, 'PAYMENT_NOT_FOUND', 'REFUND_NOT_FOUND'),
};

const OF_CLOSING = [
  'PERSON_CLAIM_MISSING',
  'STILL_RESOLVABLE',
  'PROPOSAL_DIFFERS',
  'PAYMENT_MISMATCH',
] as const;
export const CLOSE: Json = {
  200: answer(
    'Approved by a second member of staff: the refund is closed. Or it has ended this way already.',
    'CancelAnswer',
  ),
  202: answer(
    'Proposed. Another member of staff approves it with the same verdict.',
    'CancelAnswer',
    undefined,
    LOCATION,
  ),
  ...behindToken(
    [...ANY_ROUTE, ...OF_CLOSING, 'PROVIDER_UNAVAILABLE'],
    'PAYMENT_NOT_FOUND',
    'REFUND_NOT_FOUND',
  ),
};

const LINK = {
  Link: header('With CSV: `</refunds?…>; rel="next"`, the next page. Absent on the last.', 'string'),
};
export const LIST: Json = {
  200: {
    description:
      'One page. As CSV (`Accept: text/csv`): UTF-8, with a byte order mark and the names of the columns on the first page ' +
      'only, so that pages can be put one behind the other; times are Korea’s, and nothing in it is a formula.',
    headers: LINK,
    content: {
      ...content('application/json', 'ListAnswer', EXAMPLES.list),
      'text/csv': { schema: { type: 'string' } },
    },
  },
  ...behindToken(ANY_ROUTE),
};

export const REPORTS: Json = {
  200: answer('The last comparison of each window, and those that are under way.', 'ReportsAnswer'),
  ...behindToken(['INTERNAL_ERROR', 'STORE_UNAVAILABLE', 'FORBIDDEN']),
};

export const ACKNOWLEDGE: Json = {
  200: answer(
    'Acknowledged: the alarm of the finding is off until the finding changes.',
    'AcknowledgeAnswer',
  ),
  ...behindToken([...ANY_ROUTE, 'FINDING_NOT_FOUND']),
};

export const WEBHOOK: Json = {
  200: answer('Received.', 'WebhookAnswer'),
  429: THROTTLED,
  ...problems([...ANY_ROUTE, 'PROVIDER_UNAVAILABLE'], { 503: RETRY_AFTER }),
};
