import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { handleForward, type ForwardWorld } from '../../../functions/forward-events.ts';
import { pauseSecondsAfter } from '../../../functions/http/refund-events.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { handleResend, handleStream, type PublishWorld } from '../../../functions/publish-refunds.ts';
import { elsewhereId } from '../../../functions/refund/identity.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { eventBus, type Outgoing } from '../../../functions/runtime/event-bus.ts';
import { limited } from '../../../functions/runtime/time-limits.ts';
import { FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  MORNING_MS,
  notSent,
  rejected,
  requested,
  won,
} from '../../support/ledger-samples.ts';
import { wireServer } from '../../support/wire-server.ts';

type Result = { readonly EventId: string } | { readonly ErrorCode: string };

const taken = (): Result => ({ EventId: 'e' });
const failing = (name: string) => () => {
  throw Object.assign(new Error('no'), { name });
};
/** The end of a run that has a minute. */
const DEADLINE_MS = MORNING_MS + 60_000;

/** A bus with this result for each entry. A call takes 100 ms; the pauses between tries are recorded, not waited for. */
function busThat(resultOf: (entry: PutEventsRequestEntry, tries: number) => Result | undefined) {
  const calls: (readonly PutEventsRequestEntry[])[] = [];
  const pauses: number[] = [];
  let nowMs = MORNING_MS;
  const now = () => nowMs;
  const send = async ({ input: { Entries: entries = [] } }: PutEventsCommand) => {
    nowMs += 100;
    calls.push(entries);
    return { Entries: entries.flatMap((entry) => resultOf(entry, calls.length) ?? []) };
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
    nowMs += ms;
  };
  const put = eventBus({
    client: { send },
    bus: 'refunds',
    source: 'iamport-refunds',
    resources: ['shop'],
    now,
    pause,
  });
  return { put, calls, pauses, now };
}

function outgoing(count: number): readonly Outgoing[] {
  return Array.from({ length: count }, (_, n) => ({
    event: { type: 'Refund Cancelled', detail: { n } },
    atMs: MORNING_MS,
  }));
}

describe('publishing to the bus', () => {
  it('the bus gets at most ten events per call', async () => {
    const { put, calls } = busThat(taken);
    expect((await put(outgoing(23), DEADLINE_MS)).size).toBe(0);
    expect(calls.map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  it('entries that the bus refused are sent again, and no others', async () => {
    const isOdd = ({ Detail = '' }: PutEventsRequestEntry) => /[13]/.test(Detail);
    const { put, calls, pauses } = busThat((entry, tries) =>
      tries === 1 && isOdd(entry) ? { ErrorCode: 'ThrottlingException' } : taken(),
    );
    expect((await put(outgoing(4), DEADLINE_MS)).size).toBe(0);
    expect(calls.map((entries) => entries.map(({ Detail }) => Detail))).toEqual([
      ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'],
      ['{"n":1}', '{"n":3}'],
    ]);
    expect(pauses).toEqual([200]);
  });

  it.each([
    ['fails', failing('InternalException'), 'InternalException'],
    ['answers without the entries', () => undefined, 'no answer'],
  ])(
    'a bus that %s gets five tries with growing pauses, and then the failure is reported',
    async (_what, result, why) => {
      const { put, calls, pauses } = busThat(result);
      const sent = outgoing(2);
      expect([...(await put(sent, DEADLINE_MS))]).toEqual(sent.map((each) => [each, why]));
      expect(calls).toHaveLength(5);
      expect(pauses).toEqual([200, 400, 800, 1600]);
    },
  );

  it('an AWS service that does not answer in time has failed', async () => {
    const { url: endpoint } = await wireServer();
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    const options = { endpoint, region: 'ap-northeast-2', credentials, maxAttempts: 1 };
    const client = new EventBridgeClient({ ...options, requestHandler: limited(200) });
    const call = new PutEventsCommand({ Entries: [{ Source: 'refunds' }] });
    await expect(client.send(call)).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }) as Error,
    );
  });

  it('the bus gets no more tries when the time is up', async () => {
    const { put, calls } = busThat(failing('InternalException'));
    expect((await put(outgoing(1), MORNING_MS + 500)).size).toBe(1);
    expect(calls).toHaveLength(3);
    expect([...(await put(outgoing(1), MORNING_MS)).values()]).toEqual(['no time left']);
  });
});

const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };

function recordOf(SequenceNumber: string, is: LedgerItem, was?: LedgerItem): DynamoDBRecord {
  const image = (item: LedgerItem) => marshall(refundToItem(item), { removeUndefinedValues: true });
  const { pk = {}, sk = {} } = image(is);
  return {
    eventName: was === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      ApproximateCreationDateTime: MORNING_MS / 1000,
      SequenceNumber,
      Keys: { pk, sk },
      NewImage: image(is),
      ...(was && { OldImage: image(was) }),
    },
  } as unknown as DynamoDBRecord;
}

const ENDED = recordOf('100', cancelled({ paymentAfter }), requested());
const REFUSED = recordOf('101', rejected({ paymentAfter }), requested());
const OF_ANOTHER_VERSION = { ...ENDED.dynamodb?.NewImage, status: { S: 'of another version' } };
const BROKEN: DynamoDBRecord = { ...ENDED, dynamodb: { ...ENDED.dynamodb, NewImage: OF_ANOTHER_VERSION } };

/** What the publishing function has: a ledger with these items, and a queue of refused events. */
function publishing(
  bus = busThat(taken),
  items: readonly LedgerItem[] = [],
  keep: PublishWorld['keep'] = async () => Promise.resolve(),
) {
  const table = new FakeTable();
  for (const item of items) table.put(refundToItem(item));
  const kept: object[] = [];
  const world: PublishWorld = {
    now: bus.now,
    ledger: table.ledger(),
    put: bus.put,
    keep: async (body) => {
      await keep(body);
      kept.push(body);
    },
  };
  return { world, table, kept };
}

async function published(records: readonly DynamoDBRecord[], world: PublishWorld) {
  const { batchItemFailures } = await handleStream(records, DEADLINE_MS, world);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('publishing the stream', () => {
  it('the stream is published in order, and a change without news is no event', async () => {
    const bus = busThat(taken);
    const { world, kept } = publishing(bus);
    const same = recordOf('102', cancelled({ paymentAfter }), cancelled({ paymentAfter }));
    const expired = { ...ENDED, eventName: 'REMOVE' } as DynamoDBRecord;
    expect(await published([recordOf('103', requested()), ENDED, same, expired, REFUSED], world)).toEqual([]);
    expect(kept).toEqual([]);
    const sent = bus.calls.flat();
    expect(sent.map(({ DetailType }) => DetailType)).toEqual(['Refund Cancelled', 'Refund Rejected']);
    expect(sent[0]).toMatchObject({
      EventBusName: 'refunds',
      Source: 'iamport-refunds',
      Resources: ['shop'],
      Time: new Date(MORNING_MS),
    });
  });

  it('a record that cannot be read or that the bus refuses is kept whole, with the reason, and blocks no other', async () => {
    const bus = busThat(({ DetailType }) =>
      DetailType === 'Refund Rejected' ? { ErrorCode: 'InternalFailure' } : taken(),
    );
    const { world, kept } = publishing(bus);
    expect(await published([BROKEN, ENDED, REFUSED], world)).toEqual([]);
    expect(bus.calls[0]).toHaveLength(2);
    expect(kept).toEqual([
      { why: 'it cannot be read', record: BROKEN },
      { why: 'InternalFailure', record: REFUSED },
    ]);
  });

  it('the stream is read again from a record only when the queue refuses it, too', async () => {
    const noQueue = async () => Promise.reject(new Error('no queue'));
    const { world } = publishing(busThat(failing('InternalException')), [], noQueue);
    expect(await published([ENDED, REFUSED], world)).toEqual(['100', '101']);
  });
});

describe('sending events again', () => {
  const PERIOD = { fromSeconds: MORNING_MS / 1000 - 60, toSeconds: MORNING_MS / 1000 + 60 };
  const entry = entryOf(1_000);
  const named = (n: number) => `rf_${String(n).padStart(24, '0')}`;
  const refusals = (count: number) =>
    Array.from({ length: count }, (_, n) => rejected({ refundId: named(n), paymentAfter }));

  it('the last event of each refund of the period is sent again, also of attributed foreign cancels, which no list has', async () => {
    const bus = busThat(taken);
    const { world } = publishing(bus, [
      cancelled({ refundId: named(1), paymentAfter, entries: [entry], corrected: true, revision: 1 }),
      elsewhere({
        refundId: elsewhereId(IMP_UID, entry),
        status: 'attributed',
        attributedTo: named(1),
        paymentAfter,
        revision: 1,
      }),
      rejected({ refundId: named(2), paymentAfter }),
      requested({ refundId: named(3), drift: { atMs: MORNING_MS, ...paymentAfter } }),
      requested({ refundId: named(4) }),
      notSent({ refundId: named(5) }),
      cancelled({ refundId: named(6), paymentAfter, entries: [], cancelledAtMs: MORNING_MS - 3_600_000 }),
    ]);
    expect(await handleResend(PERIOD, DEADLINE_MS, world)).toEqual({ sent: 4, kept: 0 });
    const sent = bus.calls.flat();
    const types = ['Refund Corrected', 'Refund Corrected', 'Refund In Drift', 'Refund Rejected'];
    expect(sent.map(({ DetailType = '' }) => DetailType).toSorted()).toEqual(types);
    const attributed = sent.filter(({ Detail }) => Detail?.includes(`"attributed_to":"${named(1)}"`));
    expect(attributed).toHaveLength(1);
  });

  it('a run without time left is continued by the next one, and each event is sent once', async () => {
    const bus = busThat(taken);
    const { world } = publishing(bus, refusals(250));
    const first = await handleResend(PERIOD, MORNING_MS + 35_000, world);
    expect(first).toMatchObject({ sent: 100, cursor: {} });
    const rest = await handleResend({ ...PERIOD, cursor: first.cursor }, DEADLINE_MS, world);
    expect(rest).toEqual({ sent: 150, kept: 0 });
    expect(new Set(bus.calls.flat().map(({ Detail }) => Detail)).size).toBe(250);
  });

  it('an item that cannot be read and an event that the bus refuses go into the queue, and stop no other', async () => {
    const bus = busThat(({ Detail }) =>
      Detail?.includes(named(1)) === true ? { ErrorCode: 'InternalFailure' } : taken(),
    );
    const { world, table, kept } = publishing(bus, refusals(4));
    const [zero, , two] = table.items;
    table.put({ ...zero, gen: 'broken' });
    const { payment_after: _gone, ...rest } = two ?? {};
    table.put(rest);
    expect(await handleResend(PERIOD, DEADLINE_MS, world)).toEqual({ sent: 1, kept: 3 });
    expect(kept).toMatchObject([
      { why: 'InternalFailure', event: { type: 'Refund Rejected' } },
      { why: 'it cannot be read', refundId: named(0) },
      { why: 'it cannot be read', refundId: named(2) },
    ]);
  });
});

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.from('the secret before that, 24+ bytes').toString('base64')}`;
const DETAIL = { event_id: 'rf_1-1', revision: 1, reason: '사이즈' };

function message(tries: number, detail: object = DETAIL, messageId = 'm-1'): SQSRecord {
  const event = { 'detail-type': 'Refund Cancelled', time: '2026-01-15T00:00:00Z', detail };
  const attributes = { ApproximateReceiveCount: String(tries) };
  return { messageId, body: JSON.stringify(event), attributes } as SQSRecord;
}

type Posted = Parameters<typeof fetch>[1] & {
  readonly body: string;
  readonly headers: Record<string, string>;
};

/** The shop's address, which answers each post so. */
function shop(answer: (posted: Posted) => Response, changed: Partial<ForwardWorld> = {}) {
  const postponed: number[] = [];
  const givenUp: string[] = [];
  const world: ForwardWorld = {
    url: 'https://shop.example/events',
    now: Date.now,
    secret: async () => SECRET,
    post: async (_url, init) => answer(init as Posted),
    postpone: async (_, seconds) => void postponed.push(seconds),
    giveUp: async ({ body }) => void givenUp.push(body),
    ...changed,
  };
  return { world, postponed, givenUp };
}

const status = (is: number) => () => new Response(null, { status: is });
const FAILED = { batchItemFailures: [{ itemIdentifier: 'm-1' }] };

describe('delivery to the shop’s address', () => {
  it.each([
    ['as the stack generates it', SECRET.replace('whsec_', '')],
    ['with its prefix', SECRET],
    ['beside the previous one, during a change', `${OLD_SECRET} ${SECRET}\n`],
  ])('the shop can verify our signature with the secret %s', async (_what, secret) => {
    let heard: unknown;
    const { world } = shop(
      ({ body, headers }) => {
        heard = [headers['webhook-id'], new Webhook(SECRET).verify(body, headers)];
        return status(204)();
      },
      { secret: async () => secret },
    );
    expect(await handleForward([message(1)], world)).toEqual({ batchItemFailures: [] });
    const told = { type: 'Refund Cancelled', time: '2026-01-15T00:00:00Z', detail: DETAIL };
    expect(heard).toEqual([DETAIL.event_id, told]);
  });

  it.each([
    ['fails', status(500)],
    ['redirects', status(307)],
    ['does not answer', failing('TimeoutError')],
  ])('an address that %s gets the event again, with growing pauses', async (_what, answer) => {
    const posted: Posted[] = [];
    const { world, postponed, givenUp } = shop((post) => {
      posted.push(post);
      return answer();
    });
    for (const tries of [1, 2, 9, 32]) expect(await handleForward([message(tries)], world)).toEqual(FAILED);
    expect(postponed).toEqual([1, 2, 9, 32].map(pauseSecondsAfter));
    expect(posted.map(({ redirect, signal }) => [redirect, signal?.aborted])).toEqual(
      Array.from({ length: 4 }, () => ['manual', false]),
    );
    expect(givenUp).toEqual([]);
  });

  it('an address that is gone (410) gets no more tries, and the event goes to the queue of failures', async () => {
    const { world, postponed, givenUp } = shop(status(410));
    expect(await handleForward([message(1)], world)).toEqual({ batchItemFailures: [] });
    expect(givenUp).toEqual([message(1).body]);
    expect(postponed).toEqual([]);
  });

  it('one refused message does not repeat the accepted ones', async () => {
    const refused = message(1, { ...DETAIL, event_id: 'rf_2-1' }, 'm-2');
    const { world } = shop(({ body }) => status(body.includes('rf_2') ? 500 : 200)(), {
      postpone: async () => Promise.reject(new Error('no queue')),
    });
    expect(await handleForward([message(1), refused], world)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-2' }],
    });
  });

  it('without a secret nothing is delivered, and the event waits until the secret can be read', async () => {
    const { world } = shop(status(200), { secret: async () => Promise.reject(new Error('no secret')) });
    expect(await handleForward([message(1)], world)).toEqual(FAILED);
  });
});
