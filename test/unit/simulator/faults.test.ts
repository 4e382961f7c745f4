import { describe, expect, it } from 'vitest';
import { FaultQueue, UNREADABLE_KINDS } from '../../../lib/lab/simulator/faults.ts';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import {
  after,
  audits,
  CANCEL,
  cancels,
  getToken,
  MINUTE_MS,
  simulate,
  type Step,
  play,
  type Story,
  type World,
} from './support.ts';

/** The outcome of the newest request in the log. */
function logs(wanted: object): Step {
  return ({ simulator }) => expect(simulator.requests.at(-1)).toMatchObject(wanted);
}

describe('a connection that breaks', () => {
  it.for<Story>([
    {
      rule: 'answer_lost: the cancel is executed, and the answer is lost',
      faults: { on: 'cancel', fault: 'answer_lost' },
      steps: [cancels('breaks'), logs({ outcome: 'applied', fault: 'answer_lost' }), after(0, 3000)],
    },
    {
      rule: 'request_lost: the cancel is not executed',
      faults: { on: 'cancel', fault: 'request_lost' },
      steps: [
        cancels('breaks'),
        logs({ outcome: 'not_applied', fault: 'request_lost' }),
        after(MINUTE_MS, 0),
      ],
    },
    {
      rule: 'late: the cancel is executed minutes after the client has stopped waiting, although its token has expired',
      faults: { on: 'cancel', fault: 'late', delay_ms: 60 * MINUTE_MS },
      steps: [
        cancels('breaks'),
        logs({ outcome: 'waiting' }),
        after(60 * MINUTE_MS - 1, 0),
        after(1, 3000),
        logs({ outcome: 'applied' }),
      ],
    },
    {
      rule: 'late: the checksum is tested at the time of execution, so an outdated checksum stops the cancel',
      faults: { on: 'cancel', fault: 'late', delay_ms: MINUTE_MS },
      steps: [cancels('breaks'), cancels(0), after(MINUTE_MS, 3000), audits(1)],
    },
    {
      rule: 'late: two cancels due at the same time are executed one after the other',
      faults: { on: 'cancel', fault: 'late', delay_ms: MINUTE_MS, times: 2 },
      steps: [cancels('breaks'), cancels('breaks'), after(MINUTE_MS, 3000), audits(1)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

const BROKEN = [
  ['http_500', 500],
  ['http_502', 502],
  ['http_504', 504],
  ['empty_200', 'unreadable'],
  ['truncated_200', 'unreadable'],
  ['unreadable', 'unreadable'],
] as const;
const TURNED_AWAY = [
  ['http_429', 429],
  ['unauthorized', 401],
] as const;

describe('an answer that does not tell the outcome', () => {
  it.for<Story>([
    ...BROKEN.flatMap(([fault, answer]) => [
      {
        rule: `${fault}: the cancel is executed before the answer`,
        faults: { on: 'cancel', fault },
        steps: [cancels(answer), after(0, 3000)],
      } as const,
      {
        rule: `${fault}: the cancel is not executed (applied: false)`,
        faults: { on: 'cancel', fault, applied: false },
        steps: [cancels(answer), after(MINUTE_MS, 0)],
      } as const,
    ]),
    ...TURNED_AWAY.flatMap(([fault, answer]) => [
      {
        rule: `${fault}: the cancel is not executed`,
        faults: { on: 'cancel', fault },
        steps: [cancels(answer), logs({ outcome: 'not_applied' }), after(MINUTE_MS, 0)],
      } as const,
      {
        rule: `${fault}: the cancel is executed (applied: true)`,
        faults: { on: 'cancel', fault, applied: true },
        steps: [cancels(answer), logs({ outcome: 'applied' }), after(0, 3000)],
      } as const,
    ]),
    ...[...BROKEN, ...TURNED_AWAY].map(([fault, answer]) => ({
      rule: `${fault}: the cancel is executed minutes after the answer`,
      faults: { on: 'cancel', fault, delay_ms: 3 * MINUTE_MS } as const,
      steps: [
        cancels(answer),
        logs({ outcome: 'waiting' }),
        after(3 * MINUTE_MS - 1, 0),
        after(1, 3000),
        audits(1),
      ],
    })),
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid();
  await world.token();
  world.simulator.script(faults);
  return world;
}

/** The raw answer to a cancel. */
async function rawCancel({ simulator, token }: World): Promise<Response> {
  const headers = { authorization: await token(), 'content-type': 'application/json' };
  return fetch(`${simulator.url}/payments/cancel`, { method: 'POST', headers, body: JSON.stringify(CANCEL) });
}

describe('the body of an answer that does not tell the outcome', () => {
  it.for([
    [{ fault: 'http_500' }, /^\{"code":-1/, 'application/json'],
    [{ fault: 'http_502' }, /^<html>/, 'text/html'],
    [{ fault: 'empty_200' }, /^$/, 'application/json'],
    [{ fault: 'truncated_200' }, /^\{"code":0,.*[^}]$/, 'application/json'],
    [{ fault: 'unreadable' }, /^<html>/, 'text/html'],
    [{ fault: 'unreadable', kind: 'null' }, /^null$/, 'application/json'],
    [{ fault: 'unreadable', kind: 'array' }, /^\[\]$/, 'application/json'],
    [
      { fault: 'unreadable', kind: 'no_response' },
      /^\{"code":0,"message":null,"response":null\}$/,
      'application/json',
    ],
    [
      { fault: 'unreadable', kind: 'no_amount' },
      /"cancel_history":\[\{"amount":3000(?!.*"cancel_amount")/,
      'application/json',
    ],
    [{ fault: 'unreadable', kind: 'amount_in_words' }, /"amount":"\\ub9cc\\uc6d0"/, 'application/json'],
    [
      { fault: 'unreadable', kind: 'history_in_words' },
      /"cancel_history":"\\ucde8\\uc18c"/,
      'application/json',
    ],
    [{ fault: 'unreadable', kind: 'another_payment' }, /"imp_uid":"imp_000000000000"/, 'application/json'],
  ] as const)('%j', async ([fault, body, type]) => {
    const answer = await rawCancel(await worldWith({ on: 'cancel', ...fault }));
    expect(answer.headers.get('content-type')).toContain(type);
    expect(await answer.text()).toMatch(body);
  });

  it('http_429 has a Retry-After header only if retry_after is scripted', async () => {
    const world = await worldWith(
      { on: 'cancel', fault: 'http_429', retry_after: 30 },
      { on: 'cancel', fault: 'http_429' },
    );
    expect((await rawCancel(world)).headers.get('retry-after')).toBe('30');
    expect((await rawCancel(world)).headers.get('retry-after')).toBeNull();
  });

  it.for(UNREADABLE_KINDS)(
    'a permanent unreadable answer of the kind %s affects the reads of one payment only',
    async (kind) => {
      const world = await worldWith();
      world.paid({ imp_uid: 'imp_2' });
      const authorization = await world.token();
      const look = async (impUid: string): Promise<string> =>
        (await fetch(`${world.simulator.url}/payments/${impUid}`, { headers: { authorization } })).text();
      const [readable, another] = [await look('imp_1'), await look('imp_2')];
      world.simulator.script({ on: 'any', fault: 'unreadable', kind, imp_uid: 'imp_1', until_cleared: true });
      expect(await look('imp_1')).not.toBe(readable);
      expect(await look('imp_1')).toBe(await look('imp_1'));
      expect(await look('imp_2')).toBe(another);
    },
  );
});

describe('slow answers', () => {
  const cancelled = ({ simulator }: World): number | undefined => simulator.payment('imp_1')?.cancel_amount;
  const met = ({ simulator }: World, fault: string) =>
    expect.poll(() => simulator.requests.at(-1)?.fault).toBe(fault);

  it('slow: the cancel is executed after the delay and then answered', async () => {
    const world = await worldWith({ on: 'cancel', fault: 'slow', delay_ms: 50 });
    const answer = rawCancel(world);
    await met(world, 'slow');
    expect(cancelled(world)).toBe(0);
    expect((await answer).status).toBe(200);
    expect(cancelled(world)).toBe(3000);
  });

  it('late with hang: the connection stays open until the answer', async () => {
    const world = await worldWith({ on: 'cancel', fault: 'late', delay_ms: MINUTE_MS, hang: true });
    const answer = rawCancel(world);
    await met(world, 'late');
    await world.simulator.advance(MINUTE_MS);
    expect((await answer).status).toBe(200);
  });

  it.for([
    [{ fault: 'answer_slow', delay_ms: 60_000 }, 3000],
    [{ fault: 'no_answer' }, 3000],
    [{ fault: 'no_answer', applied: false }, 0],
  ] as const)(
    'with %j a cancel of %i won is executed while the answer is held back',
    async ([fault, amount]) => {
      const world = await worldWith({ on: 'cancel', ...fault });
      const answer = rawCancel(world);
      await met(world, fault.fault);
      await world.get('/payments/imp_1');
      expect(cancelled(world)).toBe(amount);
      await world.simulator.end();
      await expect(answer).rejects.toThrow('fetch failed');
    },
  );

  it('down: connections are refused, and later the same port answers again', async () => {
    const world = await worldWith();
    await world.simulator.setDown(true);
    await expect(rawCancel(world)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(world.simulator.isDown()).toBe(true);
    await world.simulator.setDown(false);
    expect(world.simulator.isDown()).toBe(false);
    expect((await rawCancel(world)).status).toBe(200);
  });
});

describe('which request meets a fault', () => {
  it('a request meets the first matching fault, once, in the order of the script', async () => {
    const { simulator, cancel, get, paid } = await worldWith(
      { on: 'cancel', fault: 'http_429', imp_uid: 'imp_2' },
      { on: 'payment', fault: 'http_500' },
      { on: 'token', fault: 'http_500' },
    );
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2' });
    expect((await getToken(simulator.url)).status).toBe(500);
    expect((await cancel({ imp_uid: 'imp_1' })).status).toBe(200);
    expect((await cancel({ merchant_uid: 'order-2' })).status).toBe(429);
    expect((await get('/payments/imp_1')).status).toBe(500);
    expect((await get('/payments/imp_1')).status).toBe(200);
    expect((await getToken(simulator.url)).status).toBe(200);
    expect(simulator.faults()).toEqual([]);
  });

  it('a fault lasts for its number of times, or until it is cleared by name, by payment, or with all others', async () => {
    const { simulator, get } = await worldWith({ on: 'any', fault: 'http_429', times: 3 });
    expect((await get('/payments/imp_1')).status).toBe(429);
    expect(simulator.faults()).toEqual([{ on: 'any', fault: 'http_429', times: 2 }]);
    const habit = { fault: 'currency_lower_case', until_cleared: true } as const;
    simulator.script([habit, { ...habit, imp_uid: 'imp_2' }, { fault: 'webhook_bom' }]);
    simulator.clearFaults({ imp_uid: 'imp_2' });
    expect(simulator.faults()).toHaveLength(3);
    simulator.clearFaults({ fault: 'http_429' });
    expect((await get('/payments/imp_1')).status).toBe(200);
    expect(simulator.faults()).toEqual([
      { on: 'any', ...habit },
      { on: 'webhook', fault: 'webhook_bom' },
    ]);
    simulator.clearFaults();
    expect(simulator.faults()).toEqual([]);
  });

  it.for([
    [{ on: 'cancel', fault: 'http_429', pg_provider: 'kcp' }, [200, 429, 200, 200]],
    [{ on: 'payment', fault: 'http_500', pg_provider: 'kcp' }, [200, 200, 200, 500]],
    [{ on: 'any', fault: 'unauthorized', imp_uid: 'imp_2' }, [200, 401, 200, 401]],
  ] as const)(
    'a permanent fault for one PG or payment affects all its requests, also by order number: %j',
    async ([fault, statuses]) => {
      const { simulator, cancel, get, paid } = await worldWith();
      paid({ imp_uid: 'imp_2', merchant_uid: 'order-2', pg_provider: 'kcp' });
      simulator.script({ ...fault, until_cleared: true });
      for (let count = 0; count < 2; count += 1) {
        const answers = [
          await cancel({ imp_uid: 'imp_1', amount: 1 }),
          await cancel({ merchant_uid: 'order-2', amount: 1 }),
          await get('/payments/imp_1'),
          await get('/payments/find/order-2'),
        ];
        expect(answers.map(({ status }) => status)).toEqual(statuses);
      }
    },
  );

  it('on "list" affects only lists, and on "payment" affects lists by order, too', async () => {
    const { simulator, get } = await worldWith({ on: 'list', fault: 'http_500' });
    expect((await get('/payments/imp_1')).status).toBe(200);
    expect((await get('/payments/status/all')).status).toBe(500);
    simulator.script({ on: 'payment', fault: 'http_500' });
    expect((await get('/payments/findAll/order-1')).status).toBe(500);
  });

  it('a fault with a probability is used only when drawn, and a miss does not use it up', () => {
    const dice = [0.5, 0.1];
    const queue = new FaultQueue(() => dice.shift() ?? 1);
    queue.add([{ on: 'any', fault: 'slow', probability: 0.2 }]);
    const request = { endpoint: 'cancel', impUid: 'imp_1', pgProvider: 'kcp' } as const;
    const met = [queue.draw(request), queue.draw(request), queue.draw(request)];
    expect(met.map(({ wire }) => wire?.fault)).toEqual([undefined, 'slow', undefined]);
  });
});

describe('permanent faults', () => {
  it.for<Story>([
    {
      rule: 'a scripted fault comes before a permanent one, and a fault of the PG is combined with both',
      faults: [
        { fault: 'unlisted', pg_provider: 'html5_inicis', until_cleared: true },
        { on: 'cancel', fault: 'http_429', imp_uid: 'imp_1', until_cleared: true },
        { on: 'cancel', fault: 'answer_lost' },
      ],
      steps: [
        cancels('breaks'),
        after(0, 3000),
        ({ simulator }) => expect(simulator.payment('imp_1')?.cancel_history).toEqual([]),
        cancels(429),
      ],
    },
    {
      rule: 'a scripted refusal waits while a permanent fault keeps every cancel from the PG',
      faults: [{ on: 'cancel', fault: 'http_429', until_cleared: true }, { fault: 'refused' }],
      steps: [cancels(429), ({ simulator }) => simulator.clearFaults({ fault: 'http_429' }), cancels(-1)],
    },
    {
      rule: 'a permanent fault with for_ms ends by itself',
      faults: { fault: 'refused', until_cleared: true, lasts_ms: MINUTE_MS },
      steps: [
        after(MINUTE_MS - 1, 0),
        cancels(-1),
        after(1, 0),
        ({ simulator }) => expect(simulator.faults()).toEqual([]),
        cancels(0),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});
