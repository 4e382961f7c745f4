import { describe, expect, it } from 'vitest';
import { createControls } from '../../../lib/lab/local/controls/controls.ts';
import { runControls } from '../../../lib/lab/local/controls/all.ts';
import { LocalRunError } from '../../../lib/lab/local/errors.ts';
import type { InvocationResult } from '../../../lib/lab/local/lambda/lambda-host.ts';

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
  const sent = Buffer.from(JSON.stringify(body));
  const answer = await controls({ method: 'POST', target, headers: {}, sourceIp: '', body: sent });
  return { status: answer.status, body: JSON.parse(answer.body.toString()), events };
}

describe('running the schedules by hand', () => {
  it('the resolver run by hand looks at all refunds in doubt, due or not', async () => {
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
    [{ toSeconds: 20 }, '{"toSeconds":20}'],
    [{ fromSeconds: '20' }, '{"fromSeconds":"20"}'],
  ])('reconciliation of %j gets the event %s', async (body, event) => {
    expect((await ask('/_local/reconcile', body)).events).toEqual([`Reconciler ${event}`]);
  });

  it('the error of a refused reconciliation window is returned unchanged', async () => {
    const errorMessage = 'fromSeconds must be before toSeconds';
    const refused = {
      kind: 'failed',
      errorType: 'ReconciliationWindowError',
      errorMessage,
      trace: '',
    } as const;
    expect(await ask('/_local/reconcile', { fromSeconds: 20, toSeconds: 10 }, refused)).toMatchObject({
      status: 400,
      body: { message: `body.${errorMessage}` },
    });
  });

  it('a run by hand waits for the run of the schedule when that uses the only environment', async () => {
    const { status, events } = await ask('/_local/resolve', {}, { kind: 'throttled' });
    expect({ status, events: events.map((event) => event.split(' ')[0]) }).toEqual({
      status: 200,
      events: ['Resolver', 'idle', 'Resolver'],
    });
  });

  it('the answer says what failed, or that the template has no such function', async () => {
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
