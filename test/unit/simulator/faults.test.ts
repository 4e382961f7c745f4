import { describe, expect, it } from 'vitest';
import { FaultQueue } from '../../../lib/lab/simulator/faults.ts';
import type { Fault, FaultName, IamportSimulator } from '../../../lib/lab/simulator/simulator.ts';
import { getToken, MINUTE_MS, simulate, type World } from './support.ts';

const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: 'tag-1' };

async function worldWith(fault: Omit<Fault, 'on'>): Promise<World> {
  const world = await simulate();
  world.paid();
  await world.token();
  world.simulator.script({ on: 'cancel', ...fault });
  return world;
}

function cancelledIn(simulator: IamportSimulator): number | undefined {
  return simulator.payment('imp_1')?.cancel_amount;
}

/** The answer as it comes, whatever it is. */
async function rawCancel({ simulator, token }: World): Promise<Response> {
  return fetch(`${simulator.url}/payments/cancel`, {
    method: 'POST',
    headers: { authorization: await token(), 'content-type': 'application/json' },
    body: JSON.stringify(CANCEL),
  });
}

describe('the connection breaks', () => {
  it('answer_lost: the money has moved, and nobody is told', async () => {
    const world = await worldWith({ fault: 'answer_lost' });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    expect(cancelledIn(world.simulator)).toBe(3000);
    expect(world.simulator.requests.at(-1)).toMatchObject({ outcome: 'applied', fault: 'answer_lost' });
  });

  it('request_lost: nothing has moved', async () => {
    const world = await worldWith({ fault: 'request_lost' });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    expect(cancelledIn(world.simulator)).toBe(0);
    expect(world.simulator.requests.at(-1)).toMatchObject({ outcome: 'not_applied', fault: 'request_lost' });
  });

  it('down: the connection is refused, and afterwards the same port answers again', async () => {
    const world = await worldWith({ fault: 'answer_lost', imp_uid: 'another' });
    await world.simulator.setDown(true);
    await expect(rawCancel(world)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(world.simulator.isDown()).toBe(true);
    await world.simulator.setDown(false);
    expect(world.simulator.isDown()).toBe(false);
    expect((await rawCancel(world)).status).toBe(200);
  });
});

describe('late: the request is carried out minutes after it was given up', () => {
  it('is applied when its time has come, not before', async () => {
    const world = await worldWith({ fault: 'late', delay_ms: 3 * MINUTE_MS });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    await world.simulator.advance(3 * MINUTE_MS - 1);
    expect(cancelledIn(world.simulator)).toBe(0);
    expect(world.simulator.requests.at(-1)?.outcome).toBe('waiting');
    await world.simulator.advance(1);
    expect(cancelledIn(world.simulator)).toBe(3000);
    expect(world.simulator.requests.at(-1)?.outcome).toBe('applied');
  });

  it('is judged when it is carried out: a checksum used up meanwhile stops it', async () => {
    const world = await worldWith({ fault: 'late', delay_ms: MINUTE_MS });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    expect((await world.cancel(CANCEL)).code).toBe(0);
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world.simulator)).toBe(3000);
  });

  it('has its token judged when it arrives: that it has expired meanwhile stops nothing', async () => {
    const world = await worldWith({ fault: 'late', delay_ms: 60 * MINUTE_MS });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    await world.simulator.advance(60 * MINUTE_MS);
    expect(cancelledIn(world.simulator)).toBe(3000);
  });

  it('with hang the connection stays open, and is answered in the end', async () => {
    const world = await worldWith({ fault: 'late', delay_ms: MINUTE_MS, hang: true });
    const answer = rawCancel(world);
    await expect.poll(() => world.simulator.requests.at(-1)?.fault).toBe('late');
    await world.simulator.advance(MINUTE_MS);
    expect((await answer).status).toBe(200);
  });

  it('two that fall due together are carried out one after the other', async () => {
    let nowMs = 1_700_000_000_000;
    const world = await simulate({ now: () => nowMs });
    world.paid();
    world.simulator.script({ on: 'cancel', fault: 'late', delay_ms: MINUTE_MS, times: 2 });
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    await expect(rawCancel(world)).rejects.toThrow('fetch failed');
    nowMs += 2 * MINUTE_MS;
    expect((await world.get('/payments/imp_1')).response.cancel_history).toHaveLength(1);
    const outcomes = world.simulator.requests
      .filter(({ fault }) => fault === 'late')
      .map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['applied', 'refused']);
  });
});

describe('slowness', () => {
  it('slow: carried out only after the delay, and then answered', async () => {
    const world = await worldWith({ fault: 'slow', delay_ms: 50 });
    const answer = rawCancel(world);
    await expect.poll(() => world.simulator.requests.at(-1)?.fault).toBe('slow');
    expect(cancelledIn(world.simulator)).toBe(0);
    expect((await answer).status).toBe(200);
    expect(cancelledIn(world.simulator)).toBe(3000);
  });

  it('answer_slow: carried out at once, whether or not the client waits for the answer', async () => {
    const world = await worldWith({ fault: 'answer_slow', delay_ms: 60_000 });
    const answer = rawCancel(world);
    await expect.poll(() => cancelledIn(world.simulator)).toBe(3000);
    await world.simulator.end();
    await expect(answer).rejects.toThrow('fetch failed');
  });
});

describe('answers that say nothing', () => {
  const BROKEN = [
    ['http_500', 500, 'json'],
    ['http_502', 502, 'html'],
    ['http_504', 504, 'html'],
    ['empty_200', 200, 'json'],
    ['truncated_200', 200, 'json'],
  ] as const satisfies readonly (readonly [FaultName, number, string])[];

  it.for(BROKEN)('%s comes after the cancel was applied', async ([fault, status, type]) => {
    const world = await worldWith({ fault });
    const answer = await rawCancel(world);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain(type);
    expect(cancelledIn(world.simulator)).toBe(3000);
  });

  it.for(BROKEN)('%s comes instead of the cancel when that is asked for', async ([fault, status]) => {
    const world = await worldWith({ fault, applied: false });
    expect((await rawCancel(world)).status).toBe(status);
    expect(cancelledIn(world.simulator)).toBe(0);
  });

  it('the body of empty_200 is empty, that of truncated_200 is half of the JSON', async () => {
    const world = await worldWith({ fault: 'empty_200' });
    expect(await (await rawCancel(world)).text()).toBe('');
    world.simulator.script({ on: 'payment', fault: 'truncated_200' });
    const half = await (
      await fetch(`${world.simulator.url}/payments/imp_1`, {
        headers: { authorization: await world.token() },
      })
    ).text();
    expect(half).toMatch(/^\{"code":0,/);
    expect(() => JSON.parse(half) as unknown).toThrow(SyntaxError);
  });

  const TURNED_AWAY = [
    ['http_429', 429],
    ['unauthorized', 401],
  ] as const;

  it.for(TURNED_AWAY)('%s: nothing was applied', async ([fault, status]) => {
    const world = await worldWith({ fault });
    expect(await world.cancel(CANCEL)).toMatchObject({ status, code: -1, response: null });
    expect(cancelledIn(world.simulator)).toBe(0);
    expect(world.simulator.requests.at(-1)?.outcome).toBe('not_applied');
  });

  it.for(TURNED_AWAY)('%s: applied all the same when that is asked for', async ([fault, status]) => {
    const world = await worldWith({ fault, applied: true });
    expect((await world.cancel(CANCEL)).status).toBe(status);
    expect(cancelledIn(world.simulator)).toBe(3000);
    expect(world.simulator.requests.at(-1)?.outcome).toBe('applied');
  });

  it.for([...TURNED_AWAY, ...BROKEN])('%s: applied minutes after the answer', async ([fault, status]) => {
    const world = await worldWith({ fault, delay_ms: 3 * MINUTE_MS });
    expect((await rawCancel(world)).status).toBe(status);
    await world.simulator.advance(3 * MINUTE_MS - 1);
    expect(cancelledIn(world.simulator)).toBe(0);
    expect(world.simulator.requests.at(-1)?.outcome).toBe('waiting');
    await world.simulator.advance(1);
    expect(cancelledIn(world.simulator)).toBe(3000);
    expect(world.simulator.audit('tag-1')).toMatchObject({ received: 1, executed: 1 });
  });

  it('http_429 names the seconds to wait, if any', async () => {
    const world = await worldWith({ fault: 'http_429', retry_after: 30 });
    expect((await rawCancel(world)).headers.get('retry-after')).toBe('30');
    world.simulator.script({ on: 'cancel', fault: 'http_429' });
    expect((await rawCancel(world)).headers.get('retry-after')).toBeNull();
  });

  it.for([
    ['html', /^<html>/],
    ['null', /^null$/],
    ['array', /^\[\]$/],
    ['no_response', /^\{"code":0,"message":null,"response":null\}$/],
    ['no_amount', /"cancel_history":\[\{"amount":3000(?!.*"cancel_amount")/],
    ['amount_in_words', /"amount":"\\ub9cc\\uc6d0"/],
    ['history_in_words', /"cancel_history":"\\ucde8\\uc18c"/],
    ['another_payment', /"imp_uid":"imp_000000000000"/],
  ] as const)('unreadable, of the kind %s', async ([kind, body]) => {
    const world = await worldWith({ fault: 'unreadable', kind });
    const answer = await rawCancel(world);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(body);
    expect(cancelledIn(world.simulator)).toBe(3000);
  });

  it('no_answer: the money has moved, or not, and the connection stays open', async () => {
    for (const applied of [true, false]) {
      const world = await worldWith({ fault: 'no_answer', applied });
      const answer = rawCancel(world);
      await expect.poll(() => world.simulator.requests.at(-1)?.fault).toBe('no_answer');
      await world.get('/payments/imp_1');
      expect(cancelledIn(world.simulator)).toBe(applied ? 3000 : 0);
      await world.simulator.end();
      await expect(answer).rejects.toThrow('fetch failed');
    }
  });
});

describe('which request meets a fault', () => {
  it('the first that fits, once, in the order of the script', async () => {
    const { simulator, cancel, get, paid } = await simulate();
    paid();
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2' });
    simulator.script([
      { on: 'cancel', fault: 'http_429', imp_uid: 'imp_2' },
      { on: 'payment', fault: 'http_500' },
      { on: 'token', fault: 'http_502' },
    ]);
    expect((await fetch(`${simulator.url}/users/getToken`, { method: 'POST' })).status).toBe(502);
    expect((await cancel({ imp_uid: 'imp_1' })).status).toBe(200);
    expect((await cancel({ merchant_uid: 'order-2' })).status).toBe(429);
    expect((await get('/payments/imp_1')).status).toBe(500);
    expect((await get('/payments/imp_1')).status).toBe(200);
    expect((await getToken(simulator.url)).status).toBe(200);
    expect(simulator.faults()).toEqual([]);
  });

  it('as many as it says, until the script is cleared', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    await get('/payments/imp_1');
    simulator.script({ on: 'any', fault: 'http_429', times: 3 });
    expect((await get('/payments/imp_1')).status).toBe(429);
    expect(simulator.faults()).toEqual([{ on: 'any', fault: 'http_429', times: 2 }]);
    simulator.clearFaults();
    expect((await get('/payments/imp_1')).status).toBe(200);
  });

  it('all of one PG or of one payment, for good: a PG that answers 502 to every cancel', async () => {
    const { simulator, token, paid } = await simulate();
    paid({ pg_provider: 'kcp' });
    paid({ imp_uid: 'imp_2', pg_provider: 'nice' });
    simulator.script({
      on: 'cancel',
      fault: 'http_502',
      pg_provider: 'kcp',
      applied: false,
      until_cleared: true,
    });
    const authorization = await token();
    const status = async (imp_uid: string): Promise<number> => {
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ imp_uid, amount: 1 });
      return (await fetch(`${simulator.url}/payments/cancel`, { method: 'POST', headers, body })).status;
    };
    for (let count = 0; count < 3; count += 1) {
      expect([await status('imp_1'), await status('imp_2')]).toEqual([502, 200]);
    }
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(0);
  });

  it('a moment that was scripted goes before a habit, and what the PG does with cancels comes with both', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script([
      { fault: 'drop_tag', pg_provider: 'html5_inicis', until_cleared: true },
      { on: 'cancel', fault: 'http_429', imp_uid: 'imp_1', until_cleared: true },
      { on: 'cancel', fault: 'answer_lost' },
    ]);
    await expect(cancel(CANCEL)).rejects.toThrow('fetch failed');
    expect(simulator.payment('imp_1')?.cancel_history).toMatchObject([{ reason: '' }]);
    expect((await cancel({ ...CANCEL, checksum: 7000 })).status).toBe(429);
  });

  it('a refusal waits while a habit keeps every cancel from the PG', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script([{ on: 'cancel', fault: 'http_429', until_cleared: true }, { fault: 'refused' }]);
    expect((await cancel(CANCEL)).status).toBe(429);
    simulator.clearFaults({ fault: 'http_429' });
    expect((await cancel(CANCEL)).code).toBe(-1);
  });

  it('for a time that ends by itself', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault: 'refused', until_cleared: true, lasts_ms: MINUTE_MS });
    await simulator.advance(MINUTE_MS - 1);
    expect((await cancel(CANCEL)).code).toBe(-1);
    await simulator.advance(1);
    expect(simulator.faults()).toEqual([]);
    expect((await cancel(CANCEL)).code).toBe(0);
  });

  it('with a probability only when the die says so, and a miss costs nothing', () => {
    const dice = [0.5, 0.1];
    const queue = new FaultQueue(() => dice.shift() ?? 1);
    queue.add([{ on: 'any', fault: 'slow', probability: 0.2 }]);
    const request = { endpoint: 'cancel', impUid: 'imp_1', pgProvider: 'kcp' } as const;
    expect(queue.draw(request).wire).toBeUndefined();
    expect(queue.draw(request).wire?.fault).toBe('slow');
    expect(queue.draw(request).wire).toBeUndefined();
  });
});
