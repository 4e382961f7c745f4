import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { handleForward, type ForwardWorld } from '../../functions/forward-events.ts';
import { pauseSecondsAfter } from '../../functions/http/refund-events.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import { handleStream, type PublishWorld } from '../../functions/publish-refunds.ts';
import { eventBus, type Outgoing } from '../../functions/runtime/event-bus.ts';
import { limited } from '../../functions/runtime/time-limits.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { cancelled, MORNING_MS, rejected, requested, won } from '../support/ledger-samples.ts';

type Answer = (
  body: string,
  headers: IncomingMessage['headers'],
) => [status: number, body?: object, headers?: Record<string, string>] | 'hang';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Answers each request as scripted; a scripted hang gets no answer. */
async function serve(answer: Answer): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const told = answer(Buffer.concat(chunks).toString(), request.headers);
      if (told === 'hang') return;
      const [status, body = {}, headers = {}] = told;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
      response.end(JSON.stringify(body));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// --- The bus ---

interface Call {
  readonly Entries: readonly { readonly Detail: string; readonly DetailType: string }[];
}
type BusAnswer = (call: Call, nth: number) => ReturnType<Answer>;

const taken = ({ Entries }: Call): ReturnType<Answer> => [
  200,
  { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: `e-${index}` })) },
];
const fault = (status: number, __type: string): ReturnType<Answer> => [status, { __type, message: 'no' }];

/** The real client against a bus with these answers. The pauses between tries are recorded, not waited for. */
async function busThat(answer: BusAnswer) {
  const calls: Call[] = [];
  const pauses: number[] = [];
  const endpoint = await serve((body) =>
    answer(calls[calls.push(JSON.parse(body) as Call) - 1] ?? { Entries: [] }, calls.length),
  );
  const client = new EventBridgeClient({
    endpoint,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: limited(200),
  });
  let nowMs = 0;
  const put = eventBus({
    client,
    bus: 'refunds',
    source: 'iamport-refunds',
    resources: ['shop'],
    now: () => nowMs,
    pause: async (ms) => {
      pauses.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  return { put, calls, pauses };
}

function outgoing(count: number): readonly Outgoing[] {
  return Array.from({ length: count }, (_, n) => ({
    event: { type: 'Refund Cancelled', detail: { n } },
    atMs: MORNING_MS,
  }));
}

describe('publishing to the bus', () => {
  it('the bus gets at most ten events per call', async () => {
    const { put, calls } = await busThat(taken);
    expect((await put(outgoing(23), 60_000)).size).toBe(0);
    expect(calls.map(({ Entries }) => Entries.length)).toEqual([10, 10, 3]);
  });

  it('entries that the bus refused are sent again, and no others', async () => {
    const { put, calls, pauses } = await busThat((call, nth) =>
      nth > 1
        ? taken(call)
        : [
            200,
            {
              FailedEntryCount: 2,
              Entries: call.Entries.map((_, n) =>
                n % 2 === 0 ? { EventId: `e-${n}` } : { ErrorCode: 'ThrottlingException' },
              ),
            },
          ],
    );
    expect((await put(outgoing(4), 60_000)).size).toBe(0);
    expect(
      calls.map(({ Entries }) => Entries.map(({ Detail }) => (JSON.parse(Detail) as { n: number }).n)),
    ).toEqual([
      [0, 1, 2, 3],
      [1, 3],
    ]);
    expect(pauses).toEqual([200]);
  });

  it.each<readonly [string, BusAnswer, string]>([
    ['fails', () => fault(500, 'InternalException'), 'InternalException'],
    ['does not answer', () => 'hang', 'TimeoutError'],
    ['answers without the entries', () => [200, {}], 'no answer'],
  ])(
    'a bus that %s gets five tries with growing pauses, and then the failure is reported',
    async (_what, answer, why) => {
      const { put, calls, pauses } = await busThat(answer);
      const sent = outgoing(2);
      expect([...(await put(sent, 60_000))]).toEqual(sent.map((each) => [each, why]));
      expect(calls).toHaveLength(5);
      expect(pauses).toEqual([200, 400, 800, 1600]);
    },
  );

  it('the bus gets no more tries when the time is up', async () => {
    const { put, calls } = await busThat(() => fault(500, 'InternalException'));
    expect((await put(outgoing(1), 500)).size).toBe(1);
    expect(calls).toHaveLength(3);
    expect([...(await put(outgoing(1), 0)).values()]).toEqual(['no time left']);
  });
});

// --- The stream ---

const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };

function recordOf(is: LedgerItem, was?: LedgerItem): DynamoDBRecord {
  const image = (item: LedgerItem) => marshall(refundToItem(item), { removeUndefinedValues: true });
  const { pk = {}, sk = {} } = image(is);
  return {
    eventName: was === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      ApproximateCreationDateTime: MORNING_MS / 1000,
      SequenceNumber: String(next++),
      Keys: { pk, sk },
      NewImage: image(is),
      ...(was && { OldImage: image(was) }),
    },
  } as unknown as DynamoDBRecord;
}
let next = 100;

function streamWorld(put: PublishWorld['put'], keep: PublishWorld['keep'] = async () => Promise.resolve()) {
  const kept: { why: string; record?: DynamoDBRecord }[] = [];
  const world: PublishWorld = {
    now: () => MORNING_MS,
    ledger: {} as PublishWorld['ledger'],
    put,
    keep: async (body) => {
      await keep(body);
      kept.push(body);
    },
  };
  return { world, kept };
}

const ENDED = recordOf(cancelled({ paymentAfter }), requested());
const REFUSED = recordOf(rejected({ paymentAfter }), requested());
const BROKEN: DynamoDBRecord = {
  ...ENDED,
  dynamodb: {
    ...ENDED.dynamodb,
    SequenceNumber: '99',
    NewImage: { ...ENDED.dynamodb?.NewImage, status: { S: 'of another version' } },
  },
};

describe('publishing the stream', () => {
  it('the stream is published in order, and a change without news is no event', async () => {
    const { put, calls } = await busThat(taken);
    const { world, kept } = streamWorld(put);
    const same = recordOf(cancelled({ paymentAfter }), cancelled({ paymentAfter }));
    const expired = { ...ENDED, eventName: 'REMOVE' } as DynamoDBRecord;
    const claim = recordOf(requested());
    const records = [claim, ENDED, same, expired, REFUSED];
    expect(await handleStream(records, 60_000, world)).toEqual({ batchItemFailures: [] });
    expect(calls.flatMap(({ Entries }) => Entries.map(({ DetailType }) => DetailType))).toEqual([
      'Refund Cancelled',
      'Refund Rejected',
    ]);
    expect(calls[0]?.Entries[0]).toMatchObject({
      EventBusName: 'refunds',
      Source: 'iamport-refunds',
      Resources: ['shop'],
      Time: MORNING_MS / 1000,
    });
    expect(kept).toEqual([]);
  });

  it('an unreadable record is kept whole and does not block the others', async () => {
    const { put, calls } = await busThat(taken);
    const { world, kept } = streamWorld(put);
    expect(await handleStream([BROKEN, ENDED], 60_000, world)).toEqual({ batchItemFailures: [] });
    expect(calls.flatMap(({ Entries }) => Entries)).toHaveLength(1);
    expect(kept).toEqual([{ why: 'it cannot be read', record: BROKEN }]);
  });

  it('a record whose event the bus refuses is kept whole, with the reason', async () => {
    const { put } = await busThat(({ Entries }) => [
      200,
      {
        Entries: Entries.map(({ DetailType }) =>
          DetailType === 'Refund Rejected' ? { ErrorCode: 'InternalFailure' } : { EventId: 'e' },
        ),
      },
    ]);
    const { world, kept } = streamWorld(put);
    expect(await handleStream([ENDED, REFUSED], 60_000, world)).toEqual({ batchItemFailures: [] });
    expect(kept).toEqual([{ why: 'InternalFailure', record: REFUSED }]);
  });

  it('the stream is read again from a record only when the queue refuses it, too', async () => {
    const { put } = await busThat(() => fault(500, 'InternalException'));
    const { world } = streamWorld(put, async () => Promise.reject(new Error('no queue')));
    const { batchItemFailures } = await handleStream([ENDED, REFUSED], 60_000, world);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      [ENDED, REFUSED].map(({ dynamodb }) => dynamodb?.SequenceNumber),
    );
  });
});

// --- The shop's address ---

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.from('the secret before that, 24+ bytes').toString('base64')}`;
const DETAIL = { event_id: 'rf_1-1', revision: 1, reason: '사이즈' };

function message(tries: number): SQSRecord {
  const event = { 'detail-type': 'Refund Cancelled', time: '2026-01-15T00:00:00Z', detail: DETAIL };
  const attributes = { ApproximateReceiveCount: String(tries) };
  return { messageId: 'm-1', body: JSON.stringify(event), attributes } as SQSRecord;
}

function shop(url: string, changed: Partial<ForwardWorld> = {}) {
  const postponed: number[] = [];
  const givenUp: string[] = [];
  const world: ForwardWorld = {
    url,
    now: Date.now,
    secret: async () => Promise.resolve(SECRET),
    post: fetch,
    postpone: async (_, seconds) => Promise.resolve(void postponed.push(seconds)),
    giveUp: async ({ body }) => Promise.resolve(void givenUp.push(body)),
    ...changed,
  };
  return { world, postponed, givenUp };
}

const FAILED = { batchItemFailures: [{ itemIdentifier: 'm-1' }] };

describe('delivery to the shop’s address', () => {
  it.each([
    ['as the stack generates it', SECRET.replace('whsec_', '')],
    ['with its prefix', SECRET],
    ['beside the previous one, during a change', `${OLD_SECRET} ${SECRET}\n`],
  ])('the shop can verify our signature with the secret %s', async (_what, secret) => {
    let verified: unknown;
    const url = await serve((body, headers) => {
      verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
      expect(headers['webhook-id']).toBe(DETAIL.event_id);
      return [204];
    });
    const { world } = shop(url, { secret: async () => Promise.resolve(secret) });
    expect(await handleForward([message(1)], world)).toEqual({ batchItemFailures: [] });
    expect(verified).toEqual({ type: 'Refund Cancelled', time: '2026-01-15T00:00:00Z', detail: DETAIL });
  });

  it.each<readonly [string, ReturnType<Answer>]>([
    ['that fails', [500]],
    ['that redirects', [307, {}, { location: 'http://127.0.0.1:9/elsewhere' }]],
  ])('an address %s gets the event again, with growing pauses', async (_what, answer) => {
    let asked = 0;
    const url = await serve(() => {
      asked += 1;
      return answer;
    });
    const { world, postponed, givenUp } = shop(url);
    for (const tries of [1, 2, 9, 32]) expect(await handleForward([message(tries)], world)).toEqual(FAILED);
    expect(postponed).toEqual([1, 2, 9, 32].map(pauseSecondsAfter));
    expect(asked).toBe(4);
    expect(givenUp).toEqual([]);
  });

  it('an address that does not answer gets the event again', async () => {
    const url = await serve(() => 'hang');
    const impatient: typeof fetch = async (address, init) =>
      fetch(address, { ...init, signal: AbortSignal.timeout(50) });
    const { world, postponed } = shop(url, { post: impatient });
    expect(await handleForward([message(1)], world)).toEqual(FAILED);
    expect(postponed).toEqual([10]);
  });

  it('an address that is gone (410) gets no more tries, and the event goes to the queue of failures', async () => {
    const { world, postponed, givenUp } = shop(await serve(() => [410]));
    expect(await handleForward([message(1)], world)).toEqual({ batchItemFailures: [] });
    expect(givenUp).toEqual([message(1).body]);
    expect(postponed).toEqual([]);
  });

  it('one refused message does not repeat the accepted ones', async () => {
    const url = await serve((body) => [body.includes('rf_2') ? 500 : 200]);
    const other = message(1);
    const refused = { ...other, messageId: 'm-2', body: other.body.replace('rf_1', 'rf_2') };
    const { world } = shop(url, { postpone: async () => Promise.reject(new Error('no queue')) });
    expect(await handleForward([message(1), refused], world)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-2' }],
    });
  });

  it('without a secret nothing is delivered, and the event waits until the secret can be read', async () => {
    const url = await serve(() => [200]);
    const { world } = shop(url, { secret: async () => Promise.reject(new Error('no secret')) });
    expect(await handleForward([message(1)], world)).toEqual(FAILED);
  });
});
