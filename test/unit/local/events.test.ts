import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type BusEvent, type EventBus, fits, startEventBus } from '../../../lib/lab/local/events.ts';
import { temporaryDirectory } from '../../support/local-run.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  return () => rm(directory, { recursive: true, force: true });
});

const PATTERN = { source: ['iamport-refunds'], resources: ['shop'] };
const notices: string[] = [];
const start = (pattern: unknown): Promise<EventBus> =>
  startEventBus({
    directory,
    region: 'ap-northeast-2',
    pattern,
    notice: (line) => notices.push(line),
    onFault: (error) => expect.unreachable(String(error)),
  });

async function ask(bus: EventBus, target: string, body: object): Promise<unknown> {
  const headers = { 'x-amz-target': target };
  return (await fetch(bus.url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

async function put(bus: EventBus, resource: string, n: number): Promise<void> {
  const about = { Source: 'iamport-refunds', Resources: [resource], DetailType: 'Refund Cancelled' };
  const Entries = [{ ...about, Detail: JSON.stringify({ n }), Time: 1_768_435_200 }];
  expect(await ask(bus, 'AWSEvents.PutEvents', { Entries })).toMatchObject({
    FailedEntryCount: 0,
    Entries: [{}],
  });
}

function toPost(bus: EventBus): readonly BusEvent[] {
  const all: BusEvent[] = [];
  bus.follow((event) => bus.isToPost(event) && all.push(event))();
  return all;
}

const numbers = (events: readonly { readonly detail: unknown }[]) =>
  events.map(({ detail }) => (detail as { readonly n: number }).n);

it('the bus keeps its events over a restart, and knows which are still to be posted', async () => {
  const early = await start(undefined);
  await put(early, 'shop', 0);
  await early.end();
  const first = await start(PATTERN);
  await put(first, 'shop', 1);
  await put(first, 'shop', 2);
  await put(first, 'another service', 3);
  // Nobody was to receive the first event, so it is not posted later.
  const [taken, ...others] = toPost(first);
  expect(numbers([...(taken ? [taken] : []), ...others])).toEqual([1, 2]);
  if (taken !== undefined) first.taken(taken);
  await first.end();
  // A kill in the middle of a line: this event was never acknowledged.
  appendFileSync(path.join(directory, 'events.jsonl'), '{"event":{"id":"cut');
  const second = await start(PATTERN);
  await put(second, 'shop', 4);
  await second.end();
  const third = await start(PATTERN);
  expect(numbers(third.events())).toEqual([0, 1, 2, 3, 4]);
  expect(third.events()[1]).toEqual({
    type: 'Refund Cancelled',
    time: '2026-01-15T00:00:00.000Z',
    detail: { n: 1 },
  });
  expect(numbers(toPost(third))).toEqual([2, 4]);
  await third.end();
});

it('an event in the queue of failures is reported, and no text in it acts on the terminal', async () => {
  const bus = await start(PATTERN);
  await ask(bus, 'AmazonSQS.SendMessage', { MessageBody: JSON.stringify({ reason: 'size\u009b2J' }) });
  expect(notices).toEqual([String.raw`An event is in the queue of failures: {"reason":"size\u009b2J"}`]);
  await bus.end();
});

it.for([
  [{ a: ['x', 'y'] }, { a: 'y' }, true],
  [{ a: ['x'] }, {}, false],
  [{ a: ['x'] }, { a: ['w', 'x'] }, true],
  [{ a: { b: [{ prefix: 'refund#' }] } }, { a: { b: 'refund#1' } }, true],
  [{ a: { b: [{ prefix: 'refund#' }] } }, { a: { b: 'payment#1' } }, false],
  [{ a: { b: [{ exists: true }] } }, { a: { b: '1' } }, true],
  [{ a: { b: [{ exists: true }] } }, { a: {} }, false],
] as const)('the pattern %j matches %j: %s', ([pattern, value, isFit]) => {
  expect(fits(pattern, value)).toBe(isFit);
  // The local bus would match other events than AWS.
  expect(() => fits({ a: [{ suffix: 'x' }] }, { a: 'x' })).toThrow('knows no pattern');
});
