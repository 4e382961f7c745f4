import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HttpEvent } from '../../functions/http/http-handler.ts';
import { projectFile } from '../../lib/stack/bundle.ts';
import { startService, type Service } from '../support/service.ts';
import {
  cancelEvent,
  closeEvent,
  gatewayEvent,
  getEvent,
  refundEvent,
  STAFF,
  webhookEvent,
} from './support/gateway-events.ts';

/** 5,000 requests take a minute; MUTATED_REQUESTS=50000 is the long form, and MUTATED_SEED changes the requests. */
const REQUESTS = Number(process.env['MUTATED_REQUESTS'] ?? 5_000);
const SEED = Number(process.env['MUTATED_SEED'] ?? 20_260_115);
/** The number of concurrent requests. */
const AT_ONCE = 10;
const ORDERS = 300;
/** Ends a hanging run. */
const LIMIT_MS = 300_000 + REQUESTS * 60;
const REFUND_ID = 'rf_0123456789abcdefghjkmnpq';

const staffEvent = (route: string, more: object = {}) =>
  gatewayEvent({ route, path: route.split(' ')[1] ?? '', caller: STAFF, ...more });

/** A valid request to each function about an existing order; `variant`: 0 to 3. */
const VALID = {
  cancelPayment: (name: string, variant: number) => {
    const part = variant === 0 ? {} : { cancel_request_amount: variant };
    return cancelEvent({ merchant_uid: name, ...part }, variant === 3 ? STAFF : undefined);
  },
  getPayment: (name: string, variant: number) =>
    variant === 0 ? staffEvent('GET /payments', { query: { imp_uid: `imp_${name}` } }) : getEvent(name),
  getRefund: (name: string) => refundEvent({ merchantUid: name, refundId: REFUND_ID }),
  closeRefund: (name: string) => {
    const body = { verdict: 'not_executed', evidence: '확인' };
    return closeEvent({ merchantUid: name, refundId: REFUND_ID }, body);
  },
  listRefunds: (name: string, variant: number) =>
    staffEvent('GET /refunds', { query: variant === 0 ? { reference: name } : { limit: `${variant}` } }),
  getReconciliation: () => staffEvent('GET /reconciliation'),
  acknowledgeFinding: (name: string) => {
    const more = { pathParameters: { id: name }, body: JSON.stringify({ note: '확인' }) };
    return staffEvent('POST /reconciliation/findings/{id}/acknowledge', more);
  },
  receiveWebhook: (name: string) => webhookEvent(`imp_${name}`),
};
type Door = keyof typeof VALID;

type Handler = (event: HttpEvent, context: Context) => Promise<object>;

let service: Service;
let handlers: Readonly<Record<Door, Handler>>;
beforeAll(async () => {
  service = await startService();
  handlers = {
    cancelPayment: (await import('../../functions/cancel-payment.ts')).handler,
    getPayment: (await import('../../functions/get-payment.ts')).handler,
    getRefund: (await import('../../functions/get-refund.ts')).handler,
    closeRefund: (await import('../../functions/close-refund.ts')).handler,
    listRefunds: (await import('../../functions/list-refunds.ts')).handler,
    getReconciliation: (await import('../../functions/get-reconciliation.ts')).handler,
    acknowledgeFinding: (await import('../../functions/acknowledge-finding.ts')).handler,
    receiveWebhook: (await import('../../functions/receive-webhook.ts')).handler,
  };
  for (let index = 0; index < ORDERS; index += 1) {
    const method = index % 5 === 0 ? { pay_method: 'vbank' } : {};
    await service.order(`order-${index}`, { amount: 1_000_000, ...method });
  }
});
afterAll(async () => service.end());

// --- Mutations ---

type Fields = Readonly<Record<string, unknown>>;
type Mutation = (event: Fields) => Fields;

/** Values that callers, proxies and attackers send in place of a text or a number. */
const ODD_WORDS = `. .. ../order-1 %2e%2e a/b?c=d __proto__ constructor toString service#lease order#order-1 imp_1#0000 {"$ne":null} ${REFUND_ID}`;
const REPEATED = ['주문-1'.repeat(40), '😀'.repeat(100), 'x'.repeat(3_000)];
const ESCAPED = ['\u0000', '\uD800', '\u202Etxt', '\uFEFF', '', ' ', "' OR 1=1 --"];
const ODD_TEXTS = [...ODD_WORDS.split(' '), ...REPEATED, ...ESCAPED, `[${REFUND_ID}]`];
const ODD_NUMBERS = [0, -0, -1, 0.1, 1e-7, 1e21, 1e308, 2 ** 53, 2 ** 53 + 2, 1_000, 10_000, -1e308];

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom<unknown>(...ODD_NUMBERS, null, true, false),
  fc.jsonValue({ maxDepth: 3 }),
);

interface Description {
  readonly paths: Record<string, Record<string, { parameters?: { in: string; name: string }[] }>>;
  readonly components: { readonly schemas: Record<string, { properties?: object }> };
}
const { paths, components } = JSON.parse(
  readFileSync(projectFile('lib/openapi/openapi.json'), 'utf8'),
) as Description;
const parameters = Object.values(paths)
  .flatMap((path) => Object.values(path))
  .flatMap((operation) => operation.parameters ?? []);

/** The names of the described parts of a request, and some that are not described. */
const BODY = ['CancelRequest', 'CloseRequest', 'AcknowledgeRequest', 'Webhook']
  .flatMap((schema) => Object.keys(components.schemas[schema]?.properties ?? {}))
  .concat('__proto__', 'amount');
const QUERY = parameters.flatMap((each) => (each.in === 'query' ? [each.name] : [])).concat('x');
const HEADERS =
  'idempotency-key accept-language content-type content-length x-forwarded-for authorization origin cookie';
const CLAIMS = ['sub', 'cognito:groups', 'scope', 'scp', 'iss', 'username'];

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

function inText(event: Fields, change: (text: string) => string): Fields {
  return typeof event['body'] === 'string' ? { ...event, body: change(event['body']) } : event;
}

function inBody(event: Fields, change: (body: Fields) => unknown): Fields {
  return inText(event, (text) => {
    try {
      const body: unknown = JSON.parse(text);
      return JSON.stringify(change(isFields(body) ? body : {}));
    } catch {
      // An earlier mutation has made it invalid JSON.
      return text;
    }
  });
}

function odd(
  names: readonly string[],
  values: fc.Arbitrary<unknown>,
  ...path: readonly string[]
): fc.Arbitrary<Mutation> {
  return fc.tuple(fc.constantFrom(...names), values).map(
    ([name, value]) =>
      (event) =>
        inside(event, path, (fields) => withField(fields, name, value)),
  );
}

/** Each mutation has odd values to choose from. */
function mutated<T>(values: fc.Arbitrary<T>, change: (event: Fields, value: T) => Fields) {
  return values.map(
    (value): Mutation =>
      (event) =>
        change(event, value),
  );
}

const anyText = fc.tuple(fc.nat(200), oddText);
const bytes = fc.uint8Array({ maxLength: 60 });
const base64 = (event: Fields, body: Uint8Array | string): Fields => ({
  ...event,
  isBase64Encoded: true,
  body: Buffer.from(body).toString('base64'),
});
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  mutated(fc.tuple(fc.constantFrom(...BODY), oddValue), (event, [name, value]) =>
    inBody(event, (body) => withField(body, name, value)),
  ),
  mutated(fc.constantFrom(...BODY), (event, name) =>
    inBody(event, (body) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))),
  ),
  mutated(oddValue, (event, value) => inBody(event, () => value)),
  mutated(anyText, (event, [at, text]) => inText(event, (body) => body.slice(0, at) + text + body.slice(at))),
  mutated(fc.nat(100), (event, at) => inText(event, (body) => body.slice(0, at))),
  fc.constant<Mutation>((event) => inText(event, (body) => body.replace('{', '{"imp_uid":"imp_1",'))),
  fc.constant<Mutation>((event) => inText(event, (body) => '['.repeat(5_000) + body)),
  mutated(bytes, base64),
  fc.constant<Mutation>((event) => base64(event, typeof event['body'] === 'string' ? event['body'] : '')),
  fc.constant<Mutation>(({ body: _body, ...event }) => event),
  fc.constant<Mutation>(({ pathParameters: _named, ...event }) => event),
  fc.constant<Mutation>((event) => ({ ...event, headers: {} })),
  odd(HEADERS.split(' '), oddText, 'headers'),
  odd(['merchant_uid', 'refund_id', 'id'], oddText, 'pathParameters'),
  odd(QUERY, oddText, 'queryStringParameters'),
  odd(CLAIMS, oddValue, 'requestContext', 'authorizer', 'jwt', 'claims'),
);

/** A valid request with one to four mutations. */
const request = fc
  .record({
    door: fc.constantFrom(...(Object.keys(VALID) as Door[])),
    order: fc.nat(ORDERS - 1),
    variant: fc.nat(3),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
  })
  .map(({ door, order, variant, mutations }) => {
    const valid: Fields = { ...VALID[door](`order-${order}`, variant) };
    return { door, event: mutations.reduce((changed, mutate) => mutate(changed), valid) };
  });

const Result = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.pipe(v.string(), v.parseJson()),
});

it(
  `of ${REQUESTS} mutated requests none is answered with a 5xx, or not at all`,
  async () => {
    const counts = new Map<number, number>();
    const together = fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE });
    const property = fc.asyncProperty(together, async (requests) => {
      const answers = requests.map(async ({ door, event }) => {
        const context = { awsRequestId: 'mutated', getRemainingTimeInMillis: () => 28_000 };
        return handlers[door](event as unknown as HttpEvent, context as Context);
      });
      const statuses = (await Promise.all(answers)).map((answer) => v.parse(Result, answer).statusCode);
      for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    });
    await fc.assert(property, { numRuns: Math.ceil(REQUESTS / AT_ONCE), seed: SEED });
    // Not all requests were refused by the first check.
    expect(counts.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50);
    expect(counts.get(400) ?? 0).toBeGreaterThan(REQUESTS / 50);
    expect(counts.get(404) ?? 0).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
