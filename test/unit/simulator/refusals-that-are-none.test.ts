import { describe, expect, it } from 'vitest';
import { type Fault, PG_TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate, type World } from './support.ts';

const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: '[tag-1]' };
const PREFIX = '결제취소에 실패하였습니다. ';

async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid();
  await world.token();
  world.simulator.script(faults);
  return world;
}

function cancelledIn({ simulator }: World): number | undefined {
  return simulator.payment('imp_1')?.cancel_amount;
}

describe('under_way: the PG refuses because a cancel is under way (PG-FACTS 1)', () => {
  it.for([
    'cancel_under_way',
    'kcp_8388',
    'toss_rf23',
    'inicis_501940',
    'kakaopay_785',
    'naverpay_cancel_not_complete',
  ] as const)('in the words of %s, and books the cancel later', async (text) => {
    const world = await worldWith({ fault: 'under_way', text, delay_ms: 10 * MINUTE_MS });
    expect(await world.cancel(CANCEL)).toMatchObject({
      status: 200,
      code: -1,
      message: PREFIX + PG_TEXTS[text].text,
      response: null,
    });
    expect(world.simulator.audit('tag-1')).toMatchObject({ received: 1, executed: 0 });
    await world.simulator.advance(10 * MINUTE_MS - 1);
    expect(cancelledIn(world)).toBe(0);
    await world.simulator.advance(1);
    expect(cancelledIn(world)).toBe(3000);
    expect(world.simulator.audit('tag-1')).toMatchObject({ received: 1, executed: 1 });
  });

  it('or never, because the PG drops it when its time has come', async () => {
    const world = await worldWith({ fault: 'under_way', ends: 'refused' });
    await world.cancel(CANCEL);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.pending()).toEqual([]);
    expect(cancelledIn(world)).toBe(0);
    expect((await world.cancel(CANCEL)).code).toBe(0);
  });

  it('or only on a trigger, whatever time passes', async () => {
    const world = await worldWith({ fault: 'under_way', on_trigger: true });
    await world.cancel(CANCEL);
    await world.simulator.advance(24 * 60 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    expect(await world.simulator.bookPending()).toBe(1);
    expect(cancelledIn(world)).toBe(3000);
  });
});

describe('기취소: the PG says that it is cancelled already (PG-FACTS 2)', () => {
  const WORDS = [
    'nice_already_cancelled',
    'already_cancelled_500626',
    'kcp_8133',
    'toss_s020',
    'kakaopay_8507',
    'refused_already_cancelled',
    'already_fully_cancelled',
  ] as const;

  it.for(WORDS)('in the words of %s, after it has executed the cancel', async (text) => {
    const world = await worldWith({ fault: 'executed_but_refused', delay_ms: 0, text });
    expect((await world.cancel(CANCEL)).message).toBe(PREFIX + PG_TEXTS[text].text);
    expect(cancelledIn(world)).toBe(3000);
  });

  it('and the look after it shows the state from before the cancel, for a time', async () => {
    const world = await worldWith(
      { fault: 'executed_but_refused', delay_ms: 0 },
      { fault: 'stale_look', ago_ms: 2_000, until_cleared: true },
    );
    expect((await world.cancel(CANCEL)).code).toBe(-1);
    expect((await world.get('/payments/imp_1')).response.cancel_amount).toBe(0);
    await world.simulator.advance(1_999);
    expect((await world.get('/payments/imp_1')).response.cancel_amount).toBe(0);
    await world.simulator.advance(1);
    expect((await world.get('/payments/imp_1')).response.cancel_amount).toBe(3000);
  });

  it('and only the PG has executed it: i’mport never knows, the audit does', async () => {
    const world = await worldWith({ fault: 'executed_but_refused' });
    await world.cancel(CANCEL);
    await world.simulator.advance(24 * 60 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    expect(world.simulator.audit('tag-1')).toMatchObject({
      executed: 1,
      requests: [{ executed: true, executed_amount: 3000, code: -1 }],
    });
  });

  it('and nobody has executed anything', async () => {
    const world = await worldWith({ fault: 'already_cancelled_at_pg' });
    await world.cancel(CANCEL);
    await world.simulator.advance(24 * 60 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    expect(world.simulator.audit('tag-1')).toMatchObject({ received: 1, executed: 0 });
  });
});

describe('PGs that cancel later, by family (PG-FACTS 5)', () => {
  const ACCOUNT = { refund_holder: '홍길동', refund_bank: '088', refund_account: '1', refund_tel: '1' };
  const FAMILIES = [
    { pg_provider: 'paypal' },
    { pg_provider: 'paypal_v2' },
    { pg_provider: 'paymentwall' },
    { pg_provider: 'kicc', pay_method: 'wechat' },
    { pg_provider: 'kicc_v2', emb_pg_provider: 'wechat' },
    { pg_provider: 'smartro_v2', pay_method: 'vbank' },
    { pg_provider: 'html5_inicis', card_name: '은련카드' },
    { pg_provider: 'inicis', pay_method: 'unionpay' },
  ] as const;

  async function familyWith(payment: (typeof FAMILIES)[number], ...faults: readonly Fault[]): Promise<World> {
    const world = await simulate();
    world.paid(payment);
    await world.token();
    world.simulator.script(faults);
    return world;
  }

  it.for(FAMILIES)('%j books a minute after its answer, and nothing changes before', async (payment) => {
    const world = await familyWith(payment);
    const { code } = await world.cancel({ ...CANCEL, ...ACCOUNT });
    expect(code).toBe(payment.pg_provider.includes('inicis') ? -1 : 0);
    expect((await world.get('/payments/imp_1')).response).toMatchObject({
      status: 'paid',
      cancel_history: [],
    });
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(3000);
  });

  it.for(FAMILIES)('%j may book hours after an acceptance that was lost', async (payment) => {
    const lost: Fault = { on: 'cancel', fault: 'answer_lost', also: ['asynchronous'] };
    const world = await familyWith(payment, { ...lost, delay_ms: 180 * MINUTE_MS });
    await expect(world.cancel({ ...CANCEL, ...ACCOUNT })).rejects.toThrow('fetch failed');
    await world.simulator.advance(179 * MINUTE_MS);
    expect(cancelledIn(world)).toBe(0);
    await world.simulator.advance(MINUTE_MS);
    expect(cancelledIn(world)).toBe(3000);
  });

  it.for(FAMILIES)('%j may refuse later what it has accepted', async (payment) => {
    const world = await familyWith(payment, { fault: 'asynchronous', ends: 'refused' });
    expect((await world.cancel({ ...CANCEL, ...ACCOUNT })).code).toBe(0);
    await world.simulator.advance(MINUTE_MS);
    expect(world.simulator.payment('imp_1')).toMatchObject({ status: 'paid', cancel_amount: 0 });
  });

  it.for([
    { pg_provider: 'kicc' },
    { pg_provider: 'html5_inicis', card_name: '현대카드' },
    { pg_provider: 'nice' },
  ])('but %j books at once', async (payment) => {
    const world = await simulate();
    world.paid(payment);
    expect((await world.cancel(CANCEL)).response.cancel_amount).toBe(3000);
  });
});
