import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { EVENT_SOURCE, eventOf, standingEvent, type PublishedEvent } from './http/refund-events.ts';
import { ledgerOn } from './ledger/ledger.ts';
import { refundFromItem } from './ledger/refund-item.ts';
import { dynamoDbTable } from './ledger/store.ts';
import { listRefunds, type ListCursor, type ListReads } from './protocol/list.ts';
import { elsewhereId } from './refund/identity.ts';
import { StoreError } from './protocol/write.ts';
import type { LedgerItem } from './refund/refund.ts';
import { systemClock } from './runtime/clock.ts';
import { publishingConfig } from './runtime/config.ts';
import { eventBus, type Outgoing, type PutEvents } from './runtime/event-bus.ts';
import { reportEvent, reportUnexpected, writeLine } from './runtime/report.ts';
import { scheduledHandler } from './runtime/start.ts';
import { limited } from './runtime/time-limits.ts';

export interface PublishWorld {
  readonly now: () => number;
  readonly ledger: ListReads['ledger'];
  readonly put: PutEvents;
  /** Sends to the queue of events that the bus refused. */
  readonly keep: (body: { readonly why: string } & Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Reserved for the queue, so that refused events are in it before the function is stopped. */
const KEEPING_MS = 15_000;
const NOT_READABLE = 'it cannot be read';

/**
 * Publishes the ledger's stream. An unreadable record or a refused event goes whole into the queue and blocks nothing; only when
 * the queue refuses it, too, is the stream read again from there.
 */
export async function handleStream(
  records: readonly DynamoDBRecord[],
  deadlineMs: number,
  world: PublishWorld,
): Promise<DynamoDBBatchResponse> {
  const outgoing = new Map<Outgoing, DynamoDBRecord>();
  const toKeep: { readonly why: string; readonly record: DynamoDBRecord | undefined }[] = [];
  for (const record of records) {
    try {
      const event = eventIn(record);
      const atMs = (record.dynamodb?.ApproximateCreationDateTime ?? world.now() / 1000) * 1000;
      if (event !== undefined) outgoing.set({ event, atMs }, record);
    } catch (error) {
      reportUnexpected('publishRefunds', error, { sequenceNumber: record.dynamodb?.SequenceNumber });
      toKeep.push({ why: NOT_READABLE, record });
    }
  }
  const refused = await world.put([...outgoing.keys()], deadlineMs - KEEPING_MS);
  for (const [each, why] of refused) toKeep.push({ why, record: outgoing.get(each) });
  const failures = toKeep.map(async (body) => {
    try {
      await world.keep(body);
      return [];
    } catch (error) {
      reportUnexpected('publishRefunds', error);
      return [{ itemIdentifier: body.record?.dynamodb?.SequenceNumber ?? '' }];
    }
  });
  const batchItemFailures = (await Promise.all(failures)).flat();
  const [published, kept] = [outgoing.size - refused.size, toKeep.length];
  writeLine({ level: kept === 0 ? 'INFO' : 'ERROR', event: 'events_published', published, kept });
  return { batchItemFailures };
}

type Image = Record<string, AttributeValue>;

/** An expired item is no change of a refund. */
function eventIn({ dynamodb, eventName }: DynamoDBRecord): PublishedEvent | undefined {
  const isRefund = dynamodb?.Keys?.['sk']?.S?.startsWith('refund#') === true;
  const { NewImage, OldImage } = dynamodb ?? {};
  if (!isRefund || eventName === 'REMOVE' || NewImage === undefined) return undefined;
  return eventOf(OldImage && itemIn(OldImage), itemIn(NewImage));
}

function itemIn(image: unknown): LedgerItem {
  return refundFromItem(unmarshall(image as Image));
}

// --- Resending, from the ledger ---

const Cursor = v.object({ atMs: v.number(), refundId: v.string(), fromMs: v.optional(v.number()) });
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Resend = v.strictObject({ fromSeconds: seconds, toSeconds: seconds, cursor: v.optional(Cursor) });

export interface Resent {
  readonly sent: number;
  /** Refused by the bus, or not readable: they are in the queue. */
  readonly kept: number;
  /** Where the next run continues; absent: the end. */
  readonly cursor?: ListCursor;
}

const A_PAGE = 100;
/** A page is started only when enough time is left. */
const PAGE_MS = 20_000;

/** Sends the last event of every refund in the period again, newest first. */
export async function handleResend(
  { fromSeconds, toSeconds, cursor: begun }: v.InferOutput<typeof Resend>,
  deadlineMs: number,
  world: PublishWorld,
): Promise<Resent> {
  const wish = { fromMs: fromSeconds * 1000, toMs: toSeconds * 1000, limit: A_PAGE };
  const unreadable = new Set<string>();
  const report: ListReads['report'] = (event) => {
    reportEvent(event);
    if (event.event === 'failed' && event.refundId !== undefined) unreadable.add(event.refundId);
  };
  const reads: ListReads = { ...world, orders: NO_ORDERS, report };
  let [sent, kept] = [0, 0];
  let cursor = begun as ListCursor | undefined;
  do {
    const page = await listRefunds(cursor === undefined ? wish : { ...wish, cursor }, reads);
    const events = await Promise.all(page.items.map(async (item) => lastEvents(item, world, report)));
    const outgoing = events.flat().map((event): Outgoing => ({ event, atMs: world.now() }));
    const refused = await world.put(outgoing, deadlineMs - KEEPING_MS);
    await Promise.all([...refused].map(async ([{ event }, why]) => world.keep({ why, event })));
    sent += outgoing.length - refused.size;
    kept += refused.size;
    cursor = page.next;
  } while (cursor !== undefined && world.now() < deadlineMs - PAGE_MS - KEEPING_MS);
  await Promise.all([...unreadable].map(async (refundId) => world.keep({ why: NOT_READABLE, refundId })));
  kept += unreadable.size;
  writeLine({ level: kept === 0 ? 'INFO' : 'ERROR', event: 'events_sent_again', sent, kept });
  return { sent, kept, ...(cursor === undefined ? {} : { cursor }) };
}

/** This list is not by order. */
const NO_ORDERS: ListReads['orders'] = { order: async () => Promise.resolve(undefined) };

/** The last event of an item, and of attributed foreign cancels: they are in no list, the refund's entries give their names. */
async function lastEvents(
  item: LedgerItem,
  { ledger }: PublishWorld,
  report: ListReads['report'],
): Promise<readonly PublishedEvent[]> {
  const { merchantUid, impUid, refundId } = item;
  try {
    const names = item.status === 'cancelled' ? item.entries.map((entry) => elsewhereId(impUid, entry)) : [];
    const found = await Promise.all(names.map(async (name) => ledger.refund({ ...item, refundId: name })));
    const attributed = found.flatMap((other) => (other?.status === 'attributed' ? [other] : []));
    return [item, ...attributed].flatMap((each) => standingEvent(each) ?? []);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    report({ event: 'failed', during: 'again', error, merchantUid, impUid, refundId });
    return [];
  }
}

const TIME_LIMIT_MS = 3_000;

function live(): PublishWorld {
  const config = publishingConfig(process.env);
  const requestHandler = limited(TIME_LIMIT_MS);
  const tables = new DynamoDBClient({ requestHandler });
  const queue = new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
  return {
    now: systemClock,
    ledger: ledgerOn(dynamoDbTable({ client: tables, writes: tables, name: config.ledgerTable })),
    put: eventBus({
      client: new EventBridgeClient({ maxAttempts: 1, requestHandler }),
      bus: config.eventBus,
      source: EVENT_SOURCE,
      resources: [config.serviceName],
      now: systemClock,
      pause: async (ms) => setTimeout(ms),
    }),
    async keep(body) {
      const MessageBody = JSON.stringify(body);
      await queue.send(new SendMessageCommand({ QueueUrl: config.eventFailuresQueue, MessageBody }));
    },
  };
}

export const handler = scheduledHandler('publishRefunds', live, async (event, deadlineMs, world) => {
  const resend = v.safeParse(Resend, event);
  if (resend.success) return handleResend(resend.output, deadlineMs, world);
  const { Records } = v.parse(Stream, event);
  return handleStream(Records, deadlineMs, world);
});

const Stream = v.object({
  Records: v.array(v.custom<DynamoDBRecord>((record) => v.is(v.looseObject({}), record))),
});
