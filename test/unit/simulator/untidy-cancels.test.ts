import { describe, expect, it } from 'vitest';
import {
  CONSOLE_REASON,
  type Fault,
  type IamportPayment,
  PG_TEXTS,
} from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, receiveWebhooks, simulate, type World } from './support.ts';

const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: '[tag-1] 사이즈' };

async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid();
  await world.token();
  world.simulator.script(faults);
  return world;
}

function reasons(payment: IamportPayment | undefined): readonly string[] | undefined {
  return payment?.cancel_history.map(({ reason }) => reason);
}

async function isHeld({ simulator }: World): Promise<void> {
  await expect.poll(() => simulator.pending('imp_1')).toHaveLength(1);
}

describe('two_step: the checksum is checked on arrival, the money moves later', () => {
  it('lets other cancels in between, and answers when it is booked', async () => {
    const world = await worldWith({ fault: 'two_step', delay_ms: MINUTE_MS });
    const held = world.cancel(CANCEL);
    await isHeld(world);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(1000);
    await world.simulator.advance(MINUTE_MS);
    const { code, response } = await held;
    expect([code, response.cancel_amount]).toEqual([0, 4000]);
    expect(reasons(response)).toEqual([CONSOLE_REASON, CANCEL.reason]);
  });

  it('judges the checksum when the request arrives', async () => {
    const world = await worldWith({ fault: 'two_step' });
    expect((await world.cancel({ ...CANCEL, checksum: 9999 })).code).toBe(1);
    expect(world.simulator.pending()).toEqual([]);
  });

  it('waits for a trigger when that is asked for, whatever time passes', async () => {
    const world = await worldWith({ fault: 'two_step', on_trigger: true });
    const held = world.cancel(CANCEL);
    await isHeld(world);
    await world.simulator.advance(60 * MINUTE_MS);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(0);
    expect(await world.simulator.bookPending('imp_1')).toBe(1);
    expect((await held).response.cancel_amount).toBe(3000);
  });

  it('is refused by a trigger, or when its time has come, if that is asked for', async () => {
    const world = await worldWith(
      { fault: 'two_step', on_trigger: true },
      { fault: 'two_step', delay_ms: MINUTE_MS, ends: 'refused' },
    );
    const first = world.cancel(CANCEL);
    await isHeld(world);
    expect(await world.simulator.refusePending()).toBe(1);
    expect(await first).toMatchObject({ status: 200, code: -1, response: null });
    const second = world.cancel(CANCEL);
    await isHeld(world);
    await world.simulator.advance(MINUTE_MS);
    expect((await second).code).toBe(-1);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(0);
  });

  it('is refused by the PG when too little is left by then', async () => {
    const world = await worldWith({ fault: 'two_step', on_trigger: true });
    const held = world.cancel(CANCEL);
    await isHeld(world);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 8000 });
    expect(await world.simulator.bookPending()).toBe(0);
    expect((await held).code).toBe(-1);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(8000);
  });

  it('is told by a webhook only where the request asked for one', async () => {
    const receiver = await receiveWebhooks();
    const { simulator, cancel, paid } = await simulate({ webhookUrl: receiver.url });
    paid();
    simulator.script({ fault: 'two_step', delay_ms: MINUTE_MS, hang: false, times: 2 });
    await expect(cancel(CANCEL)).rejects.toThrow('fetch failed');
    await simulator.advance(MINUTE_MS);
    expect(receiver.received).toHaveLength(0);
    const told = { imp_uid: 'imp_1', amount: 1000, enable_webhook: true };
    await expect(cancel(told)).rejects.toThrow('fetch failed');
    await simulator.advance(MINUTE_MS);
    expect(receiver.received).toHaveLength(1);
  });

  it('without hang the connection breaks at once, and the money moves all the same', async () => {
    const world = await worldWith({ fault: 'two_step', delay_ms: MINUTE_MS, hang: false });
    await expect(world.cancel(CANCEL)).rejects.toThrow('fetch failed');
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });
});

describe('an asynchronous PG whose acceptance is lost', () => {
  const LOST: Fault = { on: 'cancel', fault: 'answer_lost', also: ['asynchronous'], on_trigger: true };

  it('books it on a trigger, with a webhook', async () => {
    const receiver = await receiveWebhooks();
    const { simulator, cancel, paid } = await simulate({ webhookUrl: receiver.url });
    paid({ pg_provider: 'paypal_v2' });
    simulator.script(LOST);
    await expect(cancel(CANCEL)).rejects.toThrow('fetch failed');
    await simulator.advance(60 * MINUTE_MS);
    expect(simulator.payment('imp_1')?.status).toBe('paid');
    expect(await simulator.bookPending()).toBe(1);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
    expect(receiver.received).toHaveLength(1);
  });

  it('or refuses it, and nobody is ever told', async () => {
    const world = await worldWith(LOST);
    await expect(world.cancel(CANCEL)).rejects.toThrow('fetch failed');
    expect(world.simulator.pending()).toMatchObject([
      { imp_uid: 'imp_1', amount: 3000, reason: CANCEL.reason, due_at_ms: null, executed_at_pg: false },
    ]);
    expect(await world.simulator.refusePending('imp_1')).toBe(1);
    expect(await world.simulator.bookPending()).toBe(0);
    expect(world.simulator.payment('imp_1')).toMatchObject({ status: 'paid', cancel_amount: 0 });
  });
});

describe('executed_but_refused: the PG has paid back, i’mport says 기취소', () => {
  it('shows nothing until it is booked by a trigger', async () => {
    const world = await worldWith({ fault: 'executed_but_refused' });
    expect(await world.cancel(CANCEL)).toMatchObject({ status: 200, code: -1, response: null });
    expect(world.simulator.requests.at(-1)?.outcome).toBe('applied');
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(0);
    expect(world.simulator.pending('imp_1')).toMatchObject([{ amount: 3000, executed_at_pg: true }]);
    await world.simulator.bookPending();
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('the PG does not pay the same money back a second time', async () => {
    const world = await worldWith({ fault: 'executed_but_refused' });
    world.paid({ imp_uid: 'imp_2', pg_provider: 'nice' });
    const cancel = { ...CANCEL, imp_uid: 'imp_2' };
    await world.cancel({ ...cancel, amount: 8000 });
    expect((await world.cancel(cancel)).code).toBe(-1);
    expect((await world.cancel({ ...cancel, amount: 2000 })).code).toBe(0);
  });

  it.for(['kcp', 'html5_inicis', 'payco', 'eximbay'])(
    '%s compares the balance, and refuses every further cancel until i’mport knows',
    async (pg_provider) => {
      const world = await worldWith({ fault: 'executed_but_refused' });
      world.paid({ imp_uid: 'imp_2', pg_provider });
      const cancel = { ...CANCEL, imp_uid: 'imp_2', amount: 1000 };
      await world.cancel(cancel);
      expect((await world.cancel(cancel)).message).toContain(PG_TEXTS.balance_differs.text);
      await world.simulator.bookPending();
      expect((await world.cancel({ ...cancel, checksum: 9000 })).code).toBe(0);
    },
  );

  it('with a delay of 0 it is booked before the answer says no', async () => {
    const world = await worldWith({
      fault: 'executed_but_refused',
      delay_ms: 0,
      text: '[500626|기 취소 거래]',
    });
    expect((await world.cancel(CANCEL)).message).toContain('[500626|기 취소 거래]');
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });
});

describe('what a PG keeps of the reason', () => {
  it.for([
    [{ fault: 'reason_cut', max: 5 }, '[tag-'],
    [{ fault: 'reason_cut', max: 12, unit: 'bytes' }, '[tag-1] 사'],
    [{ fault: 'reason_cut', max: 12, unit: 'euc_kr_bytes' }, '[tag-1] 사이'],
    [{ fault: 'reason_cut' }, '[tag-1] 사이즈'],
    [{ fault: 'reason_replace' }, '&#91;tag-1] 사이즈'],
    [{ fault: 'reason_replace', text: '\\[' }, '\\[tag-1] 사이즈'],
    [{ fault: 'reason_replace', text: '' }, 'tag-1] 사이즈'],
    [{ fault: 'reason_replace', from: '-', text: '$&' }, '[tag$&1] 사이즈'],
    [{ fault: 'drop_tag' }, ''],
  ] as const)('%j', async ([fault, kept]) => {
    const world = await worldWith(fault);
    expect(reasons((await world.cancel(CANCEL)).response)).toEqual([kept]);
  });

  it('habits add up, with each other and with a lost answer', async () => {
    const world = await worldWith(
      { fault: 'reason_cut', max: 6, until_cleared: true },
      { fault: 'reason_replace', text: '(' },
      { on: 'cancel', fault: 'answer_lost' },
    );
    await expect(world.cancel(CANCEL)).rejects.toThrow('fetch failed');
    expect(reasons(world.simulator.payment('imp_1'))).toEqual(['(tag-1']);
    expect(world.simulator.faults()).toEqual([
      { on: 'cancel', fault: 'reason_cut', max: 6, until_cleared: true },
    ]);
  });

  it('a cancel that never gets to the PG leaves the habit for the next one', async () => {
    const world = await worldWith({ fault: 'reason_cut', max: 4 });
    expect((await world.cancel({ ...CANCEL, checksum: 1 })).code).toBe(1);
    expect(reasons((await world.cancel(CANCEL)).response)).toEqual(['[tag']);
  });
});

describe('checksum_ignored', () => {
  it('cancels whatever the checksum says, as often as it is asked', async () => {
    const world = await worldWith({ fault: 'checksum_ignored', times: 2 });
    const codes = [await world.cancel(CANCEL), await world.cancel(CANCEL), await world.cancel(CANCEL)];
    expect(codes.map(({ code }) => code)).toEqual([0, 0, 1]);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(6000);
  });
});
