import { appendFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventBus, fits, startEventBus } from '../../../lib/lab/local/events.ts';
import { readSettings } from '../../../lib/lab/local/options.ts';
import { temporaryDirectory } from '../../support/local-run.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

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

async function put(bus: EventBus, resource: string, n: number): Promise<void> {
  const entry = {
    Source: 'iamport-refunds',
    Resources: [resource],
    DetailType: 'Refund Cancelled',
    Detail: JSON.stringify({ n }),
    Time: 1_768_435_200,
  };
  const response = await fetch(bus.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutEvents' },
    body: JSON.stringify({ Entries: [entry] }),
  });
  expect(await response.json()).toMatchObject({ FailedEntryCount: 0, Entries: [{}] });
}

const numbers = (events: readonly { readonly detail: unknown }[]) =>
  events.map(({ detail }) => (detail as { readonly n: number }).n);

describe('the bus of the local run', () => {
  it('the local bus keeps its events over a restart, and knows which were posted', async () => {
    const first = await start(PATTERN);
    await put(first, 'shop', 1);
    await put(first, 'shop', 2);
    await put(first, 'another service', 3);
    expect(numbers(first.toPost())).toEqual([1, 2]);
    const [taken] = first.toPost();
    if (taken !== undefined) first.taken(taken);
    await first.end();
    // A kill in the middle of a line: this event was never acknowledged.
    appendFileSync(path.join(directory, 'events.jsonl'), '{"event":{"id":"cut');
    const second = await start(PATTERN);
    expect(numbers(second.events())).toEqual([1, 2, 3]);
    expect(second.events()[0]).toEqual({
      type: 'Refund Cancelled',
      time: '2026-01-15T00:00:00.000Z',
      detail: { n: 1 },
    });
    expect(numbers(second.toPost())).toEqual([2]);
    await put(second, 'shop', 4);
    expect(numbers(second.events())).toEqual([1, 2, 3, 4]);
    await second.end();
  });

  it('what goes into the queue of failures is told as such, and no text in it acts on the terminal', async () => {
    const bus = await start(PATTERN);
    const response = await fetch(bus.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
      body: JSON.stringify({ MessageBody: JSON.stringify({ reason: 'size\u009b2J' }) }),
    });
    expect(response.status).toBe(200);
    expect(notices).toEqual([String.raw`An event is in the queue of failures: {"reason":"size\u009b2J"}`]);
    await bus.end();
  });

  it('an event without a receiver is not posted later', async () => {
    const first = await start(undefined);
    await put(first, 'shop', 1);
    await first.end();
    const second = await start(PATTERN);
    expect(second.toPost()).toEqual([]);
    await second.end();
  });
});

describe('event patterns of the local bus', () => {
  it.each([
    [{ a: ['x', 'y'] }, { a: 'y' }, true],
    [{ a: ['x'] }, { a: 'y' }, false],
    [{ a: ['x'] }, {}, false],
    [{ a: ['x'] }, { a: ['w', 'x'] }, true],
    [{ a: { b: [{ prefix: 'refund#' }] } }, { a: { b: 'refund#1' } }, true],
    [{ a: { b: [{ prefix: 'refund#' }] } }, { a: { b: 'payment#1' } }, false],
    [{ a: { b: [{ exists: true }] } }, { a: { b: '1' } }, true],
    [{ a: { b: [{ exists: true }] } }, { a: {} }, false],
    [{ a: [{ exists: false }] }, {}, true],
  ])('the pattern %j matches %j: %s', (pattern, value, isFit) => {
    expect(fits(pattern, value)).toBe(isFit);
  });

  it('an unknown pattern stops the run, because the local bus would match other events than AWS', () => {
    expect(() => fits({ a: [{ suffix: 'x' }] }, { a: 'x' })).toThrow('knows no pattern');
  });
});

describe('EVENTS_SECRET', () => {
  const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 'k').toString('base64')}`;

  it.each([secretOf(24), secretOf(64)])('EVENTS_SECRET may be %s', (EVENTS_SECRET) => {
    expect(readSettings({ EVENTS_SECRET }).eventsSecret).toBe(EVENTS_SECRET);
  });

  it.each([secretOf(23), secretOf(65), secretOf(32).slice(6), 'whsec_not base64!'])(
    'may not be %s',
    (EVENTS_SECRET) => {
      expect(() => readSettings({ EVENTS_SECRET })).toThrow(
        'EVENTS_SECRET must be whsec_ and 24 to 64 bytes',
      );
    },
  );
});
