import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { dynamoDbTable } from '../../../functions/ledger/store.ts';
import type { Ledger } from '../../../functions/protocol/ports.ts';
import { KEY, MORNING_MS, REFUND_ID, requested, thePayment } from '../../support/ledger-samples.ts';

/** DynamoDB's answer to one request; without one, the connection ends. */
interface Answer {
  readonly statusCode: number;
  readonly body: unknown;
}

const answers: (Answer | undefined)[] = [];
const requests: Readonly<Record<string, unknown>>[] = [];
beforeEach(() => {
  answers.length = 0;
  requests.length = 0;
});

/** The SDK's client, whose requests are answered here. */
function client(maxAttempts: number): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const handle = async ({ body }: { readonly body: Uint8Array }) => {
    requests.push(JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>);
    const answer = answers.shift();
    if (answer === undefined) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return Promise.resolve({ response: { ...answer, headers, body: Readable.from([Buffer.from(text)]) } });
  };
  const requestHandler = { handle } as unknown as DynamoDBClient['config']['requestHandler'];
  return new DynamoDBClient({ region: 'ap-northeast-2', credentials, maxAttempts, requestHandler });
}

function ledger(attempts = 1): Ledger {
  return ledgerOn(dynamoDbTable({ client: client(1), writes: client(attempts), name: 'my-ledger' }));
}

const DONE: Answer = { statusCode: 200, body: {} };
const HANG_UP = undefined;
const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };
const claim = { kind: 'claim', payment: thePayment(), refund: requested(), lastWish } as const;

function error(name: string, statusCode = 400, more: object = {}): Answer {
  return { statusCode, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no', ...more } };
}

function because(...CancellationReasons: readonly object[]): Answer {
  return error('TransactionCanceledException', 400, { CancellationReasons });
}

const NONE = { Code: 'None' };
const FAILED = { Code: 'ConditionalCheckFailed', Message: 'no' };
const CONFLICT = { Code: 'TransactionConflict', Message: 'no' };

/** A claim by an SDK that tries as often as there are answers. */
async function claimed(...given: readonly (Answer | undefined)[]): Promise<unknown> {
  answers.push(...given);
  return ledger(given.length).write(claim, 'token');
}

const RESULTS = {
  'not applied': { isKnownNotApplied: true, isConflict: false },
  'a conflict': { isKnownNotApplied: true, isConflict: true },
  unknown: { isKnownNotApplied: false, isConflict: false },
} as const;

describe('a write that failed', () => {
  it.for<[result: keyof typeof RESULTS, cause: string, ...(Answer | undefined)[]]>([
    // The table refused the only try.
    ['not applied', 'ThrottlingException', error('ThrottlingException')],
    ['not applied', 'ExpiredTokenException', error('ExpiredTokenException')],
    ['not applied', 'KMSAccessDeniedException', error('KMSAccessDeniedException')],
    ['not applied', 'ThrottlingError', because({ Code: 'ThrottlingError' }, NONE)],
    [
      'not applied',
      'ItemCollectionSizeLimitExceeded',
      because(NONE, { Code: 'ItemCollectionSizeLimitExceeded' }),
    ],
    ['a conflict', 'TransactionConflict', because(CONFLICT, NONE)],
    ['a conflict', 'TransactionConflict', because(FAILED, CONFLICT)],
    // It has not answered yet, failed, or the answer was lost or unreadable.
    ['unknown', 'TransactionInProgressException', error('TransactionInProgressException')],
    ['unknown', 'InternalServerError', error('InternalServerError', 500)],
    ['unknown', 'SyntaxError', { statusCode: 502, body: '<html>Bad Gateway</html>' }],
    ['unknown', 'hang up', HANG_UP],
    ['unknown', 'SyntaxError', { statusCode: 200, body: '{"Items": [' }],
    // A later answer says nothing about a first try whose answer was lost.
    ['unknown', 'ThrottlingException', HANG_UP, error('ThrottlingException')],
    ['unknown', 'TransactionConflict', HANG_UP, because(CONFLICT, NONE)],
  ])('the result of a write is %s after: %s', async ([result, cause, ...given]) => {
    const thrown: unknown = await claimed(...given).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({ name: 'StoreError', ...RESULTS[result] });
    expect(String(thrown)).toMatch(new RegExp(`claim in table my-ledger: .*${cause}`));
    expect(requests).toHaveLength(given.length);
  });

  it.for<[string, Answer]>([
    ['one token for two transactions', error('IdempotentParameterMismatchException')],
    ['an invalid request', error('ValidationException')],
    ['an item that is too large', because(NONE, { Code: 'ValidationError' })],
  ])('a write that only our own code can have made wrong is a defect: %s', async ([, answer]) => {
    await expect(claimed(answer)).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/^Bug: /) as string,
    });
  });

  it('a failed condition is a value', async () => {
    expect(await claimed(because(FAILED, NONE))).toEqual({ kind: 'refused' });
  });
});

describe('one write', () => {
  it('a write is one transaction under its token, also when the SDK repeats it', async () => {
    expect(await claimed(error('InternalServerError', 500), DONE)).toEqual({ kind: 'applied' });
    expect(requests.map((body) => body['ClientRequestToken'])).toEqual(['token', 'token']);
    expect(requests[0]).toEqual(requests[1]);
  });

  it('a write has the same expressions for all values', async () => {
    answers.push(DONE, DONE);
    const payment = thePayment({ cancelAmount: requested().amount });
    const other = requested({ refundId: 'rf_zzzzzzzzzzzzzzzzzzzzzzzz', requestedAtMs: MORNING_MS + 1 });
    await ledger().write(claim, 'token-1');
    await ledger().write({ ...claim, payment, refund: other }, 'token-2');
    const [first, second] = requests.map((body) =>
      JSON.stringify(body, (name, value: unknown) =>
        /Values|Item$|Key|Token/.test(name) ? undefined : value,
      ),
    );
    expect(first).toContain('attribute_not_exists(#in_flight) AND #cancel_amount = :cancel_amount_');
    expect(second).toBe(first);
  });
});

it.for<[what: string, isKnownNotApplied: boolean, (on: Ledger) => Promise<unknown>]>([
  ['read order', true, async (on) => on.payment(KEY)],
  ['query items', true, async (on) => on.payments('order-1')],
  ['save the notes', false, async (on) => on.saveReconciliation('full', {}, undefined)],
])('an unreachable table fails with its name and the cause: %s', async ([what, isKnownNotApplied, call]) => {
  await expect(call(ledger())).rejects.toMatchObject({
    name: 'StoreError',
    isKnownNotApplied,
    message: `${what} in table my-ledger: Error: socket hang up`,
    cause: expect.any(Error) as Error,
  });
});
