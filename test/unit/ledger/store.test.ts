import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { dynamoDbTable } from '../../../functions/ledger/store.ts';
import type { Ledger } from '../../../functions/protocol/ports.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import {
  cancelled,
  KEY,
  MORNING_MS,
  REFUND_ID,
  requested,
  thePayment,
} from '../../support/ledger-samples.ts';

/** DynamoDB's answer to one request; `hang_up` closes the connection without an answer. */
type Answer = { readonly status: number; readonly body: unknown } | 'hang_up';

const answers: Answer[] = [];
const requests: { readonly action: string; readonly body: Record<string, unknown> }[] = [];

const server: Server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    requests.push({ action, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> });
    const answer = answers.shift() ?? 'hang_up';
    if (answer === 'hang_up') request.socket.destroy();
    else {
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    }
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const clients: DynamoDBClient[] = [];

function client(maxAttempts: number): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const made = new DynamoDBClient({ endpoint, region: 'ap-northeast-2', credentials, maxAttempts });
  clients.push(made);
  return made;
}

function ledger(attempts = 1): Ledger {
  const table = dynamoDbTable({ client: client(1), writes: client(attempts), name: 'my-ledger' });
  return ledgerOn(table);
}

beforeEach(() => {
  answers.length = 0;
  requests.length = 0;
});
afterAll(async () => {
  for (const each of clients) each.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const DONE: Answer = { status: 200, body: {} };
const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };
const claim = { kind: 'claim', payment: thePayment(), refund: requested(), lastWish } as const;

function error(name: string, status = 400, more: object = {}): Answer {
  return { status, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no', ...more } };
}

function cancelledBecause(...codes: readonly string[]): Answer {
  const CancellationReasons = codes.map((Code) => ({ Code, Message: Code === 'None' ? null : 'no' }));
  return error('TransactionCanceledException', 400, { CancellationReasons });
}

async function failure(call: Promise<unknown>): Promise<Error> {
  const reason: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(reason instanceof Error)) throw new Error('an error was expected');
  return reason;
}

async function claimed(attempts: number, ...given: readonly Answer[]): Promise<unknown> {
  answers.push(...given);
  return ledger(attempts).write(claim, 'token');
}

async function storeFailure(attempts: number, ...given: readonly Answer[]): Promise<StoreError> {
  const thrown = await failure(claimed(attempts, ...given));
  if (!(thrown instanceof StoreError)) throw new Error('a StoreError was expected', { cause: thrown });
  return thrown;
}

describe('a write that the table refused at the only try', () => {
  it.each([
    ['ThrottlingException', error('ThrottlingException')],
    ['AccessDeniedException', error('AccessDeniedException')],
    ['ExpiredTokenException', error('ExpiredTokenException')],
    ['KMSAccessDeniedException', error('KMSAccessDeniedException')],
    ['ResourceNotFoundException', error('ResourceNotFoundException')],
    ['ThrottlingError', cancelledBecause('ThrottlingError', 'None')],
    ['ItemCollectionSizeLimitExceeded', cancelledBecause('None', 'ItemCollectionSizeLimitExceeded')],
  ])('a refused write was not applied: %s', async (code, answer) => {
    const thrown = await storeFailure(1, answer);
    expect(thrown).toMatchObject({ isKnownNotApplied: true, isConflict: false });
    expect(thrown.message).toContain('claim in table my-ledger: ');
    expect(thrown.message).toContain(code);
  });

  it.each([
    ['of one item', cancelledBecause('TransactionConflict', 'None')],
    ['beside a failed condition', cancelledBecause('ConditionalCheckFailed', 'TransactionConflict')],
  ])('a write ended in a conflict of transactions: %s', async (_what, answer) => {
    expect(await storeFailure(1, answer)).toMatchObject({ isKnownNotApplied: true, isConflict: true });
  });
});

describe('a write with an unknown result', () => {
  it.each([
    ['the transaction is still in progress', error('TransactionInProgressException')],
    ['the table answered with a fault', error('InternalServerError', 500)],
    ['the service was unavailable', error('ServiceUnavailable', 503)],
    ['something else answered', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['the answer was lost', 'hang_up'],
    ['the answer was unreadable', { status: 200, body: '{"Items": [' }],
  ] as const)('the result of a write is unknown when %s', async (_what, answer) => {
    expect(await storeFailure(1, answer)).toMatchObject({ isKnownNotApplied: false, isConflict: false });
  });

  it.each([
    ['a throttle', error('ThrottlingException')],
    ['a conflict', cancelledBecause('TransactionConflict', 'None')],
    ['a missing right', error('AccessDeniedException')],
  ] as const)(
    'after a first try with a lost answer the result stays unknown: %s afterwards says nothing about the first',
    async (_what, answer) => {
      const thrown = await storeFailure(2, 'hang_up', answer);
      expect(requests).toHaveLength(2);
      expect(thrown).toMatchObject({ isKnownNotApplied: false, isConflict: false });
    },
  );
});

describe('a write whose condition failed', () => {
  it('a failed condition is a value, with the refund item when the table returns it', async () => {
    const CancellationReasons = [
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Item: marshall(refundToItem(cancelled())), Message: 'no' },
    ];
    const answer = error('TransactionCanceledException', 400, { CancellationReasons });
    expect(await claimed(1, answer)).toEqual({ kind: 'refused', refund: cancelled() });
  });

  it('a failed condition on the payment is a value without a refund', async () => {
    expect(await claimed(1, cancelledBecause('ConditionalCheckFailed', 'None'))).toEqual({ kind: 'refused' });
  });
});

describe('a write that only our own code can have made wrong', () => {
  it.each([
    ['one token for two transactions', error('IdempotentParameterMismatchException')],
    ['an invalid request', error('ValidationException')],
    ['an item that is too large', cancelledBecause('None', 'ValidationError')],
  ])('a wrong write is a defect: %s', async (_what, answer) => {
    const thrown = await failure(claimed(1, answer));
    expect(thrown).not.toBeInstanceOf(StoreError);
    expect(thrown.message).toMatch(/^Bug: /);
  });
});

describe('one write', () => {
  it('a write is one transaction under its token, also when the SDK repeats it', async () => {
    expect(await claimed(2, error('InternalServerError', 500), DONE)).toEqual({ kind: 'applied' });
    expect(requests.map(({ action }) => action)).toEqual(['TransactWriteItems', 'TransactWriteItems']);
    expect(requests.map(({ body }) => body['ClientRequestToken'])).toEqual(['token', 'token']);
    expect(requests[0]?.body).toEqual(requests[1]?.body);
  });

  it('a write requests the old item of the refund, and of nothing else', async () => {
    await claimed(1, DONE);
    const [request] = requests.map(({ body }) => body['TransactItems']);
    const [head, refund] = request as Record<string, Record<string, unknown>>[];
    expect(head?.['Update']?.['ReturnValuesOnConditionCheckFailure']).toBe('NONE');
    expect(refund?.['Put']?.['ReturnValuesOnConditionCheckFailure']).toBe('ALL_OLD');
  });

  it('a write has the same expressions for all values', async () => {
    answers.push(DONE, DONE);
    const payment = thePayment({ cancelAmount: requested().amount });
    const other = requested({ refundId: 'rf_zzzzzzzzzzzzzzzzzzzzzzzz', requestedAtMs: MORNING_MS + 1 });
    await ledger().write(claim, 'token-1');
    await ledger().write({ ...claim, payment, refund: other }, 'token-2');
    const [first, second] = requests.map(({ body }) =>
      JSON.stringify(body, (name, value: unknown) =>
        /Values|Item$|Key|Token/.test(name) ? undefined : value,
      ),
    );
    expect(first).toContain('attribute_not_exists(#in_flight) AND #cancel_amount = :cancel_amount_');
    expect(second).toBe(first);
  });
});

it.for<[string, (on: Ledger) => Promise<unknown>]>([
  ['a read', async (on) => on.payment(KEY)],
  ['a query', async (on) => on.payments('order-1')],
  ['a change', async (on) => on.saveReconciliation('full', {}, undefined)],
])('an unreachable table: %s fails with the table’s name and the cause', async ([what, call]) => {
  const thrown = await failure(call(ledger()));
  expect(thrown).toMatchObject({ name: 'StoreError', isKnownNotApplied: what !== 'a change' });
  expect(thrown.message).toContain(' in table my-ledger: ');
  expect(thrown.cause).toBeInstanceOf(Error);
});
