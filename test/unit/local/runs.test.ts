import { describe, expect, it } from 'vitest';
import { createControls } from '../../../lib/local/controls/controls.ts';
import { runControls } from '../../../lib/local/controls/runs.ts';
import { LocalRunError } from '../../../lib/local/errors.ts';
import type { InvocationResult } from '../../../lib/local/lambda/lambda-host.ts';
import { requestOf } from './gateway-request.ts';

const DONE: InvocationResult = { kind: 'returned', payload: '{"finished":true}' };

interface Asked {
  readonly status: number;
  readonly body: unknown;
  readonly events: readonly string[];
}

async function ask(target: string, body: object, ...results: readonly InvocationResult[]): Promise<Asked> {
  const events: string[] = [];
  const left = [...results];
  const invoke = (functionId: string, event: string): Promise<InvocationResult> => {
    events.push(`${functionId} ${event}`);
    return Promise.resolve(left.shift() ?? DONE);
  };
  const idle = (): Promise<void> => Promise.resolve(void events.push('idle'));
  const controls = createControls(
    runControls({
      host: { invoke, end: () => Promise.resolve() },
      scheduler: { idle, end: () => undefined },
      resolver: () => 'Resolver',
      reconciler: () => {
        if (target.endsWith('?none')) throw new LocalRunError('there is none');
        return 'Reconciler';
      },
    }),
  );
  const request = requestOf({ method: 'POST', target, body: Buffer.from(JSON.stringify(body)) });
  const answer = await controls(request);
  return { status: answer.status, body: JSON.parse(answer.body.toString()), events };
}

describe('what the schedules run by the clock, run by hand', () => {
  it('the resolver looks at everything in doubt, due or not', async () => {
    const { status, body, events } = await ask('/_local/resolve', {});
    expect({ status, body, events }).toEqual({
      status: 200,
      body: { finished: true },
      events: ['Resolver {"all":true}'],
    });
  });

  it.each([
    [{}, '{"window":"recent"}'],
    [{ fromSeconds: 10, toSeconds: 20 }, '{"fromSeconds":10,"toSeconds":20}'],
    [{ toSeconds: 20 }, '{"fromSeconds":0,"toSeconds":20}'],
    [{ toSeconds: 1_790_000_000 }, '{"fromSeconds":1782224000,"toSeconds":1790000000}'],
    [{ fromSeconds: 10, toSeconds: 7_776_010 }, '{"fromSeconds":10,"toSeconds":7776010}'],
  ])('reconciliation of %j is asked for as %s', async (body, event) => {
    expect((await ask('/_local/reconcile', body)).events).toEqual([`Reconciler ${event}`]);
  });

  it.each([
    { fromSeconds: 20, toSeconds: 10 },
    { fromSeconds: 20, toSeconds: 20 },
    { fromSeconds: 9_000_000_000 },
  ])('reconciliation of %j, which ends before it begins, is asked of nobody', async (body) => {
    expect(await ask('/_local/reconcile', body)).toEqual({
      status: 400,
      body: { message: 'body.fromSeconds must be before body.toSeconds (without it: now)' },
      events: [],
    });
  });

  it.each([{ fromSeconds: 0 }, { fromSeconds: 10, toSeconds: 7_776_011 }])(
    'reconciliation of %j, more than i’mport lists at once, is asked of nobody',
    async (body) => {
      const message = "body.fromSeconds must be at most 90 days before body.toSeconds: i'mport lists no more";
      expect(await ask('/_local/reconcile', body)).toEqual({ status: 400, body: { message }, events: [] });
    },
  );

  it("waits for the schedule's own run where that has the only place there is", async () => {
    const { status, events } = await ask('/_local/resolve', {}, { kind: 'throttled' });
    expect({ status, events: events.map((event) => event.split(' ')[0]) }).toEqual({
      status: 200,
      events: ['Resolver', 'idle', 'Resolver'],
    });
  });

  it('says what failed, and that a template has no such function', async () => {
    const failure = { kind: 'failed', errorType: 'TypeError', errorMessage: 'x', trace: '' } as const;
    expect(await ask('/_local/resolve', {}, failure)).toMatchObject({
      status: 500,
      body: { message: 'Resolver failed: TypeError: x' },
    });
    expect(await ask('/_local/reconcile?none', {})).toMatchObject({
      status: 500,
      body: { message: 'there is none' },
    });
  });
});
