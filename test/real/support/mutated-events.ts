import fc from 'fast-check';
import { assertNever } from '../../../functions/refund/assert-never.ts';
import {
  cancelEvent,
  closeEvent,
  gatewayEvent,
  getEvent,
  refundEvent,
  STAFF,
  webhookEvent,
} from './gateway-events.ts';

export const MUTATED_DOORS = [
  'cancelPayment',
  'getPayment',
  'getRefund',
  'closeRefund',
  'listRefunds',
  'getReconciliation',
  'acknowledgeFinding',
  'receiveWebhook',
] as const;
export type MutatedDoor = (typeof MUTATED_DOORS)[number];

export interface MutatedRequest {
  readonly door: MutatedDoor;
  readonly event: object;
}

type Fields = Readonly<Record<string, unknown>>;
type Mutation = (event: Fields) => Fields;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const REFUND_ID = 'rf_0123456789abcdefghjkmnpq';

/** Values that callers, proxies and attackers send in place of a text or a number. */
const TEXTS = [
  '',
  ' ',
  '.',
  '..',
  '../order-1',
  '%2e%2e',
  'a/b?c=d',
  '\u0000',
  '\uD800',
  '\u202Etxt',
  '\uFEFF',
  '__proto__',
  'constructor',
  'toString',
  'service#lease',
  'order#order-1',
  'imp_1#0000',
  "' OR 1=1 --",
  '{"$ne":null}',
  '주문-1'.repeat(40),
  '😀'.repeat(100),
  'x'.repeat(3_000),
  REFUND_ID,
  `[${REFUND_ID}]`,
];
const NUMBERS = [0, -0, -1, 0.1, 1e-7, 1e21, 1e308, 2 ** 53, 2 ** 53 + 2, 1_000, 10_000, -1e308];

const oddText = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(...NUMBERS, null, true, false),
  fc.jsonValue({ maxDepth: 3 }),
);

const FIELDS = [
  'merchant_uid',
  'imp_uid',
  'cancel_request_amount',
  'checksum',
  'tax_free',
  'vat_amount',
  'reason',
  'refund_holder',
  'refund_bank',
  'refund_account',
  'refund_tel',
  'retain_promotion',
  'escrow_confirmed',
  'verdict',
  'cancellation_id',
  'evidence',
  'entries',
  'listed',
  'reference',
  'status',
  '__proto__',
  'amount',
];
const HEADERS = [
  'idempotency-key',
  'accept-language',
  'content-type',
  'content-length',
  'x-forwarded-for',
  'authorization',
  'origin',
  'cookie',
];
const QUERIES = [
  'imp_uid',
  'before',
  'asked_at',
  'from',
  'to',
  'reference',
  'limit',
  'cursor',
  'format',
  'x',
];
const CLAIMS = ['sub', 'cognito:groups', 'scope', 'scp', 'iss', 'username'];

/** Sets an own field even if the name is `__proto__`. */
function withField(fields: Fields, name: string, value: unknown): Fields {
  return Object.fromEntries([...Object.entries(fields).filter(([key]) => key !== name), [name, value]]);
}

function inside(event: Fields, path: readonly string[], change: (fields: Fields) => Fields): Fields {
  const [first, ...rest] = path;
  if (first === undefined) return change(event);
  const inner = event[first];
  return withField(event, first, inside(isFields(inner) ? inner : {}, rest, change));
}

function inBody(event: Fields, change: (body: Fields) => unknown): Fields {
  const text = typeof event['body'] === 'string' ? event['body'] : '{}';
  try {
    const body: unknown = JSON.parse(text);
    return { ...event, body: JSON.stringify(change(isFields(body) ? body : {})) };
  } catch {
    // An earlier mutation has made it invalid JSON.
    return event;
  }
}

function inText(event: Fields, change: (text: string) => string): Fields {
  return typeof event['body'] === 'string' ? { ...event, body: change(event['body']) } : event;
}

const field = fc.constantFrom(...FIELDS);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(field, oddValue).map(([name, value]): Mutation => {
    return (event) => inBody(event, (body) => withField(body, name, value));
  }),
  field.map((name): Mutation => {
    return (event) =>
      inBody(event, (body) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)));
  }),
  oddValue.map(
    (value): Mutation =>
      (event) =>
        inBody(event, () => value),
  ),
  fc.tuple(fc.nat(200), oddText).map(([at, text]): Mutation => {
    return (event) => inText(event, (body) => body.slice(0, at) + text + body.slice(at));
  }),
  fc.nat(100).map(
    (at): Mutation =>
      (event) =>
        inText(event, (body) => body.slice(0, at)),
  ),
  fc.constant<Mutation>((event) => inText(event, (body) => body.replace('{', '{"imp_uid":"imp_1",'))),
  fc.constant<Mutation>((event) => inText(event, (body) => '['.repeat(5_000) + body)),
  fc.uint8Array({ maxLength: 60 }).map((bytes): Mutation => {
    return (event) => ({ ...event, isBase64Encoded: true, body: Buffer.from(bytes).toString('base64') });
  }),
  fc.constant<Mutation>((event) => {
    const body = Buffer.from(typeof event['body'] === 'string' ? event['body'] : '').toString('base64');
    return { ...event, isBase64Encoded: true, body };
  }),
  fc.constant<Mutation>(({ body: _body, ...event }) => event),
  fc.tuple(fc.constantFrom(...HEADERS), oddText).map(([name, value]): Mutation => {
    return (event) => inside(event, ['headers'], (headers) => withField(headers, name, value));
  }),
  fc.tuple(fc.constantFrom('merchant_uid', 'refund_id', 'id'), oddText).map(([name, value]): Mutation => {
    return (event) => inside(event, ['pathParameters'], (named) => withField(named, name, value));
  }),
  fc.tuple(fc.constantFrom(...QUERIES), oddText).map(([name, value]): Mutation => {
    return (event) => inside(event, ['queryStringParameters'], (query) => withField(query, name, value));
  }),
  fc.tuple(fc.constantFrom(...CLAIMS), oddValue).map(([name, value]): Mutation => {
    const claims = ['requestContext', 'authorizer', 'jwt', 'claims'];
    return (event) => inside(event, claims, (all) => withField(all, name, value));
  }),
  fc.constant<Mutation>(({ pathParameters: _named, ...event }) => event),
  fc.constant<Mutation>(({ headers: _headers, ...event }) => ({ ...event, headers: {} })),
);

/** A valid request with one to four mutations. `orders`: the number of existing orders, from `order-0`. */
export function mutatedRequest(orders: number): fc.Arbitrary<MutatedRequest> {
  const right = fc
    .record({ door: fc.constantFrom(...MUTATED_DOORS), order: fc.nat(orders - 1), amount: fc.nat(3) })
    .map(({ door, order, amount }) => ({ door, event: rightEvent(door, `order-${order}`, amount) }));
  return fc
    .tuple(right, fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([{ door, event }, mutations]) => ({
      door,
      event: mutations.reduce<Fields>((changed, mutate) => mutate(changed), { ...event }),
    }));
}

function rightEvent(door: MutatedDoor, name: string, amount: number): object {
  switch (door) {
    case 'cancelPayment': {
      const part = amount === 0 ? {} : { cancel_request_amount: amount };
      return cancelEvent({ merchant_uid: name, ...part }, amount === 3 ? STAFF : undefined);
    }
    case 'getPayment':
      return amount === 0
        ? gatewayEvent({
            route: 'GET /payments',
            path: '/payments',
            caller: STAFF,
            query: { imp_uid: `imp_${name}` },
          })
        : getEvent(name);
    case 'getRefund':
      return refundEvent({ merchantUid: name, refundId: REFUND_ID });
    case 'closeRefund':
      return closeEvent(
        { merchantUid: name, refundId: REFUND_ID },
        { verdict: 'not_executed', evidence: '확인' },
      );
    case 'listRefunds':
      return gatewayEvent({
        route: 'GET /refunds',
        path: '/refunds',
        caller: STAFF,
        query: amount === 0 ? { reference: name } : { limit: `${amount}` },
      });
    case 'getReconciliation':
      return gatewayEvent({ route: 'GET /reconciliation', path: '/reconciliation', caller: STAFF });
    case 'acknowledgeFinding':
      return gatewayEvent({
        route: 'POST /reconciliation/findings/{id}/acknowledge',
        path: `/reconciliation/findings/${name}/acknowledge`,
        caller: STAFF,
        pathParameters: { id: name },
        body: JSON.stringify({ note: '확인' }),
      });
    case 'receiveWebhook':
      return webhookEvent(`imp_${name}`);
    default:
      return assertNever(door);
  }
}
