import type { DynamoDBRecord } from 'aws-lambda';
import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { escaped } from '../../../functions/http/csv.ts';
import type { PaymentsTable } from './dynamodb/payments-table.ts';
import { startStreamPoller } from './dynamodb/stream-poller.ts';
import { noPages, readBody, sendJson, startHttpServer } from './http-server.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import type { EventsPlan, Plan } from './template/plan.ts';
import { ACCOUNT_ID } from './template/template.ts';

/** An event in EventBridge's form. */
export interface BusEvent {
  readonly id: string;
  readonly 'detail-type': string;
  readonly time: string;
  readonly detail: unknown;
  readonly [name: string]: unknown;
}

/** An event as it is shown. */
interface ShownEvent {
  readonly type: string;
  readonly time: string;
  readonly detail: unknown;
}

/** The local bus. Accepted events survive a `kill -9`. */
export type EventBus = Awaited<ReturnType<typeof startEventBus>>;

export interface BusOptions {
  readonly directory: string;
  readonly region: string;
  /** The pattern of the forwarding rule; undefined: nothing is forwarded. */
  readonly pattern: unknown;
  /** Called with what no receiver accepts, such as one that answers 410. */
  readonly notice: (line: string) => void;
  readonly onFault: (error: unknown) => void;
}

/** Implements the part of EventBridge's and SQS's protocols that the functions use. */
export async function startEventBus(options: BusOptions) {
  const { directory, region, pattern, notice, onFault } = options;
  const store = openStore(directory, pattern);
  const answers: Readonly<Record<string, (body: JsonObject) => object>> = {
    'AWSEvents.PutEvents': ({ Entries: entries }) => {
      const put = (entries as readonly JsonObject[]).map((entry) => eventIn(entry, region));
      put.forEach(store.accept);
      return { FailedEntryCount: 0, Entries: put.map(({ id: EventId }) => ({ EventId })) };
    },
    'AmazonSQS.SendMessage': ({ MessageBody: body }) => {
      notice(escaped(`An event is in the queue of failures: ${String(body)}`));
      const MD5OfMessageBody = createHash('md5').update(String(body)).digest('hex');
      return { MessageId: randomUUID(), MD5OfMessageBody };
    },
    // The function sets here when the event is retried.
    'AmazonSQS.ChangeMessageVisibility': () => ({}),
  };
  const server = await startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const answer = answers[String(request.headers['x-amz-target'])];
    const body = parseJson((await readBody(request)).toString());
    if (answer !== undefined && isObject(body)) sendJson(response, 200, answer(body));
    else sendJson(response, 400, { __type: 'UnknownOperationException' });
  });
  return { ...server, ...store, directory };
}

/** Keeps the events in a file, one per line; a posted event has a second line. */
function openStore(directory: string, pattern: unknown) {
  const file = path.join(directory, 'events.jsonl');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { events, toPost } = readEvents(file);
  const followers = new Set<(event: BusEvent) => void>();
  const append = (line: KeptLine): void => appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  return {
    events: (): readonly ShownEvent[] => events.map(shownOf),
    accept: (event: BusEvent): void => {
      const isPosted = pattern !== undefined && fits(pattern, event);
      append({ event, isPosted });
      events.push(event);
      if (isPosted) toPost.add(event.id);
      for (const receive of followers) receive(event);
    },
    /** Delivers all events and then each new one, until the returned function is called. */
    follow: (receive: (event: BusEvent) => void): (() => void) => {
      for (const event of events) receive(event);
      followers.add(receive);
      return () => followers.delete(receive);
    },
    /** Whether the event is for the shop's address, which has not accepted it yet. */
    isToPost: ({ id }: BusEvent): boolean => toPost.has(id),
    taken: ({ id }: BusEvent): void => {
      append({ taken: id });
      toPost.delete(id);
    },
  };
}

interface KeptLine {
  readonly event?: BusEvent;
  readonly isPosted?: boolean;
  /** Id of an event that the shop's address has accepted. */
  readonly taken?: string;
}

/** A last line cut by a kill is ignored, because its event was never acknowledged. */
function readEvents(file: string) {
  const events: BusEvent[] = [];
  const toPost = new Set<string>();
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  for (const line of whole.split('\n').slice(0, -1)) {
    const { event, isPosted, taken = '' } = parseJson(line) as KeptLine;
    if (event !== undefined) events.push(event);
    if (event !== undefined && isPosted === true) toPost.add(event.id);
    toPost.delete(taken);
  }
  return { events, toPost };
}

function eventIn(entry: JsonObject, region: string): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': String(entry['DetailType']),
    source: entry['Source'],
    account: ACCOUNT_ID,
    time: new Date(Number(entry['Time']) * 1000).toISOString(),
    region,
    resources: entry['Resources'],
    detail: parseJson(String(entry['Detail'])),
  };
}

export function shownOf({ 'detail-type': type, time, detail }: BusEvent): ShownEvent {
  return { type, time, detail };
}

/** The patterns of EventBridge and Lambda filters that the template uses: one of several values, a prefix, existence. */
export function fits(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.some((each) => pattern.some((one) => fitsOne(one, each)));
  }
  const fields = isObject(value) ? value : {};
  return Object.entries(isObject(pattern) ? pattern : {}).every(([name, each]) => fits(each, fields[name]));
}

function fitsOne(one: unknown, value: unknown): boolean {
  if (!isObject(one)) return one === value;
  const { prefix, exists, ...others } = one;
  if (Object.keys(others).length > 0)
    throw new Error(`The local run knows no pattern ${JSON.stringify(one)}`);
  if (exists !== undefined) return (value !== undefined) === exists;
  return typeof value === 'string' && value.startsWith(String(prefix));
}

// --- From the stream to the bus, and on to the shop's address ---

export interface EventFlowOptions {
  readonly plan: Pick<Plan, 'events' | 'region'>;
  readonly bus: EventBus;
  readonly table: PaymentsTable;
  readonly host: LambdaHost;
  readonly onFault: (error: unknown) => void;
}

/** Passes the ledger's stream to the publishing function, and events for the shop to the posting function. */
export function startEventFlow({ plan, table, bus, host, onFault }: EventFlowOptions): Ending {
  const { events, region } = plan;
  const { streamArn, url: endpoint, credentials } = table;
  const parts: Ending[] = [];
  if (streamArn !== undefined) {
    const positionFile = path.join(bus.directory, 'position.json');
    const onRecords = (all: readonly DynamoDBRecord[]) => publish(all, events, host);
    const options = { streamArn, region, onFault, endpoint, credentials, positionFile, onRecords };
    parts.push(startStreamPoller({ ...options, batchSize: events.batchSize }));
  }
  if (events.forwarding !== undefined) parts.push(startPosting(events.forwarding.functionId, bus, host));
  return { end: async () => void (await Promise.all(parts.map(({ end }) => end()))) };
}

interface Ending {
  readonly end: () => Promise<void>;
}

/** @throws if the function has not handled all records: the stream is then read again from there */
async function publish(
  records: readonly DynamoDBRecord[],
  { publisherId, filters }: EventsPlan,
  host: LambdaHost,
): Promise<void> {
  const Records = records.filter((record) => filters.some((filter) => fits(filter, record)));
  if (Records.length > 0 && !(await isDone(publisherId, { Records }, host)))
    throw new Error(`${publisherId} has not published all`);
}

/** Whether the function has handled the whole event. */
async function isDone(functionId: string, event: object, host: LambdaHost): Promise<boolean> {
  const result = await host.invoke(functionId, JSON.stringify(event));
  const answer = result.kind === 'returned' ? parseJson(result.payload) : undefined;
  const failures = isObject(answer) ? answer['batchItemFailures'] : undefined;
  return Array.isArray(failures) && failures.length === 0;
}

const LONGEST_PAUSE_MS = 60_000;

/** Posts one event at a time, and each again after 1, 2, 4 … s until it is taken. */
function startPosting(functionId: string, bus: EventBus, host: LambdaHost): Ending {
  const ending = new AbortController();
  const { signal } = ending;
  let last: Promise<unknown> = Promise.resolve();
  const post = async (event: BusEvent, tries = 1): Promise<void> => {
    const Records = [messageOf(event, tries)];
    const done = last.then(() => !signal.aborted && isDone(functionId, { Records }, host));
    last = done;
    if (await done) return bus.taken(event);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (tries - 1));
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    return signal.aborted ? undefined : post(event, tries + 1);
  };
  const unfollow = bus.follow((event) => {
    if (bus.isToPost(event)) void post(event);
  });
  return {
    end: async () => {
      ending.abort();
      unfollow();
      await last;
    },
  };
}

function messageOf(event: BusEvent, tries: number): object {
  const attributes = { ApproximateReceiveCount: String(tries) };
  const about = { messageId: event.id, receiptHandle: event.id, eventSource: 'aws:sqs' };
  return { ...about, attributes, body: JSON.stringify(event) };
}
