import { describe, expect, it } from 'vitest';
import { controlsOf, simulate } from './support.ts';

const CANCEL = { imp_uid: 'imp_1', amount: 3000, reason: '[tag-1] size' };

describe('an audit of the cancels with a tag', () => {
  it('counts what was received and what was executed', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script([
      { on: 'cancel', fault: 'request_lost' },
      { on: 'cancel', fault: 'http_429' },
      { fault: 'refused' },
    ]);
    await expect(cancel(CANCEL)).rejects.toThrow('fetch failed');
    await cancel(CANCEL);
    await cancel(CANCEL);
    await cancel(CANCEL, { authorization: 'wrong' });
    expect(simulator.audit('[tag-1]')).toMatchObject({ received: 4, executed: 0 });
    await cancel(CANCEL);
    await cancel(CANCEL);
    await cancel({ ...CANCEL, reason: '[tag-2]' });
    expect(simulator.audit('[tag-1]')).toMatchObject({ received: 6, executed: 2 });
    expect(simulator.audit('[tag-2]')).toMatchObject({ received: 1, executed: 1 });
    expect(simulator.audit()).toMatchObject({ received: 7, executed: 3 });
    expect(simulator.audit('[tag-3]')).toEqual({ received: 0, executed: 0, requests: [] });
  });

  it('tells of each request what it asked for and what became of it', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid({ currency: 'USD', amount: 14.2, pg_provider: 'nice_v2' });
    await cancel({ ...CANCEL, amount: 0.1, checksum: 14.2 });
    await cancel({ ...CANCEL, amount: 0.2, checksum: 14.2 });
    expect(simulator.audit('tag-1').requests).toMatchObject([
      {
        imp_uid: 'imp_1',
        amount: 0.1,
        checksum: 14.2,
        outcome: 'applied',
        executed: true,
        executed_amount: 0.1,
      },
      { imp_uid: 'imp_1', amount: 0.2, code: 1, outcome: 'refused', executed: false, executed_amount: 0 },
    ]);
  });

  it('knows a cancel by the reason that was sent, whatever the PG made of it', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault: 'drop_tag' });
    await cancel(CANCEL);
    await simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1, reason: '[tag-1]' });
    expect(simulator.audit('tag-1')).toMatchObject({ received: 1, executed: 1 });
  });

  it('forgets nothing that the log of the last 1,000 requests has forgotten', async () => {
    const { simulator, cancel, get, paid } = await simulate();
    paid();
    await cancel(CANCEL);
    for (let count = 0; count < 1_000; count += 1) await get('/payments/imp_1');
    expect(simulator.requests.some(({ path }) => path === '/payments/cancel')).toBe(false);
    expect(simulator.audit('tag-1').executed).toBe(1);
  });

  it('can be asked for by a control', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    await cancel(CANCEL);
    const ask = controlsOf(simulator);
    const [all, none] = [
      await ask('GET /_local/iamport/cancels'),
      await ask('GET /_local/iamport/cancels/%5Btag-2%5D'),
    ];
    expect(all).toMatchObject({ received: 1, executed: 1 });
    expect(none).toMatchObject({ received: 0, executed: 0 });
    expect(await ask('GET /_local/iamport/cancels/%5Btag-1%5D')).toEqual(all);
  });
});
