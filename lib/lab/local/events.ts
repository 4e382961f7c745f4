import type { DynamoDBRecord } from 'aws-lambda';
import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { PaymentsTable } from './dynamodb/payments-table.ts';
import { startStreamPoller } from './dynamodb/stream-poller.ts';
import { noPages } from './guard.ts';
import { type HttpServer, readBody, sendJson, startHttpServer } from './http-server.ts';
import { fieldsOf, isObject, type JsonObject, parseJson } from './json.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import type { EventsPlan, Plan } from './template/plan.ts';
import { ACCOUNT_ID } from './template/planner.ts';

/** As EventBridge hands it on. */
interface BusEvent {
  readonly id: string;
  readonly 'detail-type': string;
  readonly time: string;
  readonly detail: unknown;
  readonly [name: string]: unknown;
}

/** As it is shown and posted. */
export interface ToldEvent {
  readonly type: string;
  readonly time: string;
  readonly detail: unknown;
}

/** The bus of this machine. What it has taken it still has after a `kill -9`. */
export interface EventBus extends HttpServer {
  /** Where they are kept. */
  readonly directory: string;
  readonly events: () => readonly ToldEvent[];
  /** Hands over all that are there, then each new one, until what comes back is called. */
  readonly follow: (tell: (event: ToldEvent) => void) => () => void;
  /** Those that the rule sends on to the shop's address and that were not taken there. */
  readonly toPost: () => readonly BusEvent[];
  /** Resolves with the next event. */
  readonly nextToPost: () => Promise<void>;
  readonly taken: (event: BusEvent) => void;
}

export interface BusOptions {
  readonly directory: string;
  readonly region: string;
  /** What the rule sends on; undefined: nobody wants to hear. */
  readonly pattern: unknown;
  readonly onFault: (error: unknown) => void;
}

/**
 * Speaks as much of EventBridge's and SQS's protocols as the functions do. Events stand in a file, a line each; one that was
 * posted has another line.
 */
export async function startEventBus({ directory, region, pattern, onFault }: BusOptions): Promise<EventBus> {
  const store = openStore(directory, pattern);
  const answers: Readonly<Record<string, (body: JsonObject) => object>> = {
    'AWSEvents.PutEvents': (body) => {
      const call = fieldsOf(body, 'PutEvents', (message) => new Error(message));
      const put = call.objects('Entries').map(({ value }) => eventIn(value, region));
      put.forEach(store.accept);
      return { FailedEntryCount: 0, Entries: put.map(({ id: EventId }) => ({ EventId })) };
    },
    'AmazonSQS.SendMessage': ({ MessageBody: body }) => {
      onFault(new Error(`An event was not taken: ${String(body)}`));
      const MD5OfMessageBody = createHash('md5').update(String(body)).digest('hex');
      return { MessageId: randomUUID(), MD5OfMessageBody };
    },
    // When it is tried again is said here.
    'AmazonSQS.ChangeMessageVisibility': () => ({}),
  };
  const server = await startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const answer = answers[String(request.headers['x-amz-target'])];
    if (answer === undefined) return sendJson(response, 400, { __type: 'UnknownOperationException' });
    const body = parseJson((await readBody(request)).toString());
    sendJson(response, 200, answer(isObject(body) ? body : {}));
  });
  return { ...server, ...store, directory };
}

type Store = Omit<EventBus, keyof HttpServer | 'directory'> & { readonly accept: (event: BusEvent) => void };

function openStore(directory: string, pattern: unknown): Store {
  const file = path.join(directory, 'events.jsonl');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { events, toPost } = readEvents(file);
  const followers = new Set<(event: ToldEvent) => void>();
  let news = Promise.withResolvers<void>();
  const append = (line: object): void => appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  return {
    events: () => events.map(toldOf),
    accept: (event) => {
      const isPosted = pattern !== undefined && fits(pattern, event);
      append({ event, isPosted });
      events.push(event);
      if (isPosted) toPost.set(event.id, event);
      for (const tell of followers) tell(toldOf(event));
      news.resolve();
      news = Promise.withResolvers();
    },
    follow: (tell) => {
      for (const event of events) tell(toldOf(event));
      followers.add(tell);
      return () => followers.delete(tell);
    },
    toPost: () => [...toPost.values()],
    nextToPost: async () => news.promise,
    taken: ({ id }) => {
      append({ taken: id });
      toPost.delete(id);
    },
  };
}

/** The last line may have been cut short by a kill: then nobody was told that it was taken. */
function readEvents(file: string) {
  const events: BusEvent[] = [];
  const toPost = new Map<string, BusEvent>();
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  for (const line of whole.split('\n').slice(0, -1)) {
    const { event, isPosted, taken } = parseJson(line) as KeptLine;
    if (event !== undefined) events.push(event);
    if (event !== undefined && isPosted === true) toPost.set(event.id, event);
    if (taken !== undefined) toPost.delete(taken);
  }
  return { events, toPost };
}

interface KeptLine {
  readonly event?: BusEvent;
  readonly isPosted?: boolean;
  /** Id of an event that the shop's address has taken. */
  readonly taken?: string;
}

function eventIn(entry: JsonObject, region: string): BusEvent {
  const time = new Date(Number(entry['Time']) * 1000).toISOString();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': String(entry['DetailType']),
    source: entry['Source'],
    account: ACCOUNT_ID,
    time,
    region,
    resources: entry['Resources'],
    detail: parseJson(String(entry['Detail'])),
  };
}

function toldOf({ 'detail-type': type, time, detail }: BusEvent): ToldEvent {
  return { type, time, detail };
}

/** Patterns of EventBridge and of Lambda's filters, as far as the template has some: one of several values, a prefix, presence. */
export function fits(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.some((each) => pattern.some((one) => fitsOne(one, each)));
  }
  if (!isObject(pattern)) throw new Error(`Bug: ${JSON.stringify(pattern)} is no pattern`);
  const fields = isObject(value) ? value : {};
  return Object.entries(pattern).every(([name, each]) => fits(each, fields[name]));
}

function fitsOne(one: unknown, value: unknown): boolean {
  if (!isObject(one)) return one === value;
  const { prefix, exists, ...others } = one;
  if (Object.keys(others).length > 0)
    throw new Error(`The local run knows no pattern ${JSON.stringify(one)}`);
  if (exists !== undefined) return (value !== undefined) === exists;
  return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix);
}

// --- From the stream to the bus, and on to the shop's address ---

export interface EventFlowOptions {
  readonly plan: Pick<Plan, 'events' | 'region'>;
  readonly bus: EventBus;
  readonly table: PaymentsTable;
  readonly host: LambdaHost;
  readonly onFault: (error: unknown) => void;
}

/** Reads the ledger's stream for the function that publishes, and hands what is to be posted to the one that posts. */
export function startEventFlow(options: EventFlowOptions): { readonly end: () => Promise<void> } {
  const { plan, table, bus, host, onFault } = options;
  const { events, region } = plan;
  const { streamArn } = table;
  const poller =
    events &&
    streamArn &&
    startStreamPoller({
      streamArn,
      region,
      onFault,
      endpoint: table.url,
      credentials: table.credentials,
      positionFile: path.join(bus.directory, 'position.json'),
      batchSize: events.batchSize,
      onRecords: async (all) => publish(all, events, host),
    });
  const ending = new AbortController();
  const posting = postAll(options, ending.signal);
  return {
    end: async () => {
      ending.abort();
      await Promise.all([poller && poller.end(), posting]);
    },
  };
}

/** @throws where the function has not handled all of it: then the stream is read again from there */
async function publish(
  records: readonly DynamoDBRecord[],
  { publisherId, filters }: EventsPlan,
  host: LambdaHost,
): Promise<void> {
  const Records = records.filter((record) => filters.some((filter) => fits(filter, record)));
  if (Records.length === 0) return;
  if (!(await isDone(publisherId, { Records }, host)))
    throw new Error(`${publisherId} has not published all`);
}

/** Whether the function has taken all of the event. */
async function isDone(functionId: string, event: object, host: LambdaHost): Promise<boolean> {
  const result = await host.invoke(functionId, JSON.stringify(event));
  if (result.kind !== 'returned') return false;
  const answer = parseJson(result.payload);
  const failures = isObject(answer) ? answer['batchItemFailures'] : undefined;
  return Array.isArray(failures) && failures.length === 0;
}

const LONGEST_PAUSE_MS = 60_000;

/** One after the other, and each that was not taken again after 1, 2, 4 … s. */
async function postAll({ plan, bus, host }: EventFlowOptions, signal: AbortSignal): Promise<void> {
  const forwarding = plan.events?.forwarding;
  if (forwarding === undefined) return;
  const tries = new Map<string, { readonly count: number; readonly dueMs: number }>();
  while (!signal.aborted) {
    const waiting = bus.toPost().map((event) => ({ event, ...(tries.get(event.id) ?? NEVER_TRIED) }));
    const [next] = waiting.toSorted((a, b) => a.dueMs - b.dueMs);
    if (next === undefined || next.dueMs > Date.now()) {
      await somethingToDo(next?.dueMs, bus, signal);
      continue;
    }
    const { event, count } = next;
    const message = messageOf(event, count + 1);
    if (await isDone(forwarding.functionId, { Records: [message] }, host)) bus.taken(event);
    else tries.set(event.id, { count: count + 1, dueMs: Date.now() + pauseMsAfter(count) });
  }
}

const NEVER_TRIED = { count: 0, dueMs: 0 };

function pauseMsAfter(count: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** count);
}

/** The next event, or the time at which one is due again, or the end. */
async function somethingToDo(dueMs: number | undefined, bus: EventBus, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const waitMs = dueMs === undefined ? LONGEST_PAUSE_MS : dueMs - Date.now();
  const timer = pause(waitMs, undefined, { signal: AbortSignal.any([signal, done.signal]) });
  await Promise.race([bus.nextToPost(), timer.catch(() => undefined)]);
  done.abort();
}

function messageOf(event: BusEvent, tries: number): object {
  const attributes = { ApproximateReceiveCount: String(tries) };
  const about = { messageId: event.id, receiptHandle: event.id, eventSource: 'aws:sqs' };
  return { ...about, attributes, body: JSON.stringify(event) };
}
