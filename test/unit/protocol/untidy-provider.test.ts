import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';
import { OTHER_REFUND_ID, ORDER, won } from '../../support/samples.ts';

describe('an asynchronous PG whose acceptance was lost', () => {
  it('is not taken for a refusal when the console moves the balance, and the refund is booked once', async () => {
    const world = new ScriptedWorld({ pg_provider: 'paypal_v2' });
    world.provider = { ...world.provider, pgProvider: 'paypal_v2' };
    world.cancels.push(lost);
    expect(await world.told({ amount: 50 })).toBe('202');
    world.book({ amount: 10, reason: CONSOLE_REASON });
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    world.quietPeriodPasses();
    // Asked again under another key: nothing else of this payment is sent meanwhile.
    expect(await world.told({ amount: 50, idempotencyKey: 'again' })).toBe('REFUND_IN_PROGRESS');
    const [call] = world.sent;
    world.bookOurs(call!);
    await world.look();
    expect(await world.told({ amount: 50 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });
});

describe('a cancel that was accepted with code 0 and not booked', () => {
  it.each([
    ['is never sent again, however long it takes', undefined],
    ['is not taken for a refusal when the balance is moved by somebody else', CONSOLE_REASON],
  ])('%s', async (_what, reason) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({ kind: 'answered', payment: world.provider }));
    expect(await world.told()).toBe('202');
    if (reason !== undefined) world.book({ amount: 10, reason });
    world.nowMs += 16 * 60_000;
    expect(await world.look()).toBe('drift');
    expect((await world.payment()).pending?.doubt?.why).toMatch(/accepted the cancel/);
    expect(world.sent).toHaveLength(1);
  });
});

describe('a tag that comes when the table says otherwise', () => {
  it('beats a rejection that was made meanwhile: proof is never discarded', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(async (call) => {
      // The quiet period was too short: the resolver has ended the refund, and the answer comes after all.
      world.quietPeriodPasses();
      expect(await world.look()).toBe('settled');
      expect((await world.payment()).refunds.get(world.refundId())?.status).toBe('rejected');
      return world.bookAndAnswer(call);
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    const payment = await world.payment();
    expect(payment.refunds.get(world.refundId())).toMatchObject({ status: 'cancelled', corrected: true });
    expect(payment.cancelAmount).toBe(1_000);
    expect(world.has('corrected')).toBe(true);
  });
});

describe('a provider that checks first and books later', () => {
  it('is believed by the tag in its answer, although a console cancel and its look came between', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(async (call) => {
      world.book({ amount: 2_000, reason: CONSOLE_REASON });
      // The webhook of the console's cancel is heard while our request is under way.
      await world.look();
      world.bookOurs(call);
      return { kind: 'answered', payment: world.provider };
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(await world.payment()).toMatchObject({ cancelAmount: won(3_000) });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('makes no rejection of a moved balance before the quiet period is over', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    await world.told({ amount: 1_000 });
    world.book({ amount: 2_000, reason: CONSOLE_REASON });
    expect(await world.look()).toBe('waiting');
    world.bookOurs(world.sent[0]!);
    expect(await world.look()).toBe('settled');
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });
});

describe('another tool that takes the same amount at the same place', () => {
  it('is not taken for ours when ours was refused by the checksum', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.book({ amount: 3_000, reason: '상품A' });
      return refusedByPg('checksum');
    });
    expect(await world.told({ amount: 3_000, reason: '상품B' })).toBe('CHECKSUM_MISMATCH');
    expect((await world.payment()).cancelAmount).toBe(3_000);
  });

  it('is not taken for ours by a read-back either: people decide', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.book({ amount: 3_000, reason: '상품A' });
      return lost();
    });
    await world.told({ amount: 3_000, reason: '상품B' });
    world.quietPeriodPasses();
    expect(await world.look()).toBe('waiting');
    expect((await world.payment()).pending?.doubt?.why).toMatch(/could be this refund/);
    world.nowMs += 15 * 60_000;
    expect(await world.look()).toBe('drift');
    expect(world.has('drift')).toBe(true);
  });

  it.each([
    ['of another amount', { amount: 2_999 }],
    ['with another refund’s tag', { amount: 3_000, reason: `[${OTHER_REFUND_ID}]` }],
    ['with the console’s text', { amount: 3_000, reason: ` ${CONSOLE_REASON} ` }],
  ])('%s is certainly not ours: 409 after the quiet period', async (_what, entry) => {
    const world = new ScriptedWorld();
    world.cancels.push(() => {
      world.book(entry);
      return lost();
    });
    await world.told({ amount: 3_000 });
    world.quietPeriodPasses();
    expect(await world.look()).toBe('settled');
    expect(await world.told({ amount: 3_000 })).toBe('CHECKSUM_MISMATCH');
  });
});

describe('기취소', () => {
  it.each(['해당거래 취소실패(기취소성공)', '[500626|기 취소 거래]', 'already cancelled transaction'])(
    'is told as cancelled at the PG already: %s',
    async (text) => {
      const world = new ScriptedWorld();
      world.cancels.push(() => refusedByPg(`결제취소에 실패하였습니다. ${text}`));
      expect(await world.told({ amount: 1_000 })).toBe('ALREADY_CANCELLED_AT_PG');
    },
  );

  it('is not what i’mport itself says of a payment that is fully cancelled', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({
      kind: 'refused',
      provider: { code: 1, message: '이미 전액취소된 주문입니다.' },
    }));
    expect(await world.told({ amount: 1_000 })).toBe('CANCEL_REJECTED');
  });
});

describe('our tag on an odd entry', () => {
  it('of another amount settles the refund, and that is told', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call, { amount: won(900) });
      return { kind: 'answered', payment: world.provider };
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.has('anomaly')).toBe(true);
  });

  it.each([
    ['\\[', '\\]'],
    ['&#91;', '&#93;'],
    ['(', ')'],
    ['', ''],
  ])('is our tag although the PG has made %s of its bracket', async (open, shut) => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call, { reason: `${open}${call.pending.refundId}${shut} 교환` });
      return lost();
    });
    await world.told({ amount: 1_000 });
    expect(await world.look()).toBe('settled');
    expect(world.has('anomaly')).toBe(false);
  });

  it('is told when it stands there twice, starts elsewhere, or more is cancelled than was paid', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call);
      world.bookOurs(call, { cancellationId: 'twice' });
      return lost();
    });
    await world.told({ amount: 6_000 });
    expect(await world.look()).toBe('settled');
    const told = world.events.flatMap((event) => (event.event === 'anomaly' ? [event.why] : []));
    expect(told.join()).toMatch(/more than once.*more has been cancelled than was paid/);
  });
});

describe('a refusal while the history is empty although something was cancelled before', () => {
  it('is believed: R = A − c is enough', async () => {
    const world = new ScriptedWorld({ cancel_amount: 1_000, status: 'cancelled' });
    world.provider = { ...world.provider, cancelAmount: won(1_000), status: 'cancelled' };
    world.cancels.push(() => refusedByPg());
    expect(await world.told({ amount: 2_000 })).toBe('CANCEL_REJECTED');
  });
});

describe('a reason that reads like the console’s', () => {
  it.each([`${CONSOLE_REASON}      `, `${CONSOLE_REASON}${CONSOLE_REASON}`, `  ${CONSOLE_REASON} 교환`])(
    'is sent in another form, with our tag first: %s',
    async (reason) => {
      const world = new ScriptedWorld();
      world.cancels.push((call) => {
        world.bookOurs(call);
        return lost();
      });
      await world.told({ amount: 1_000, reason });
      const [entry] = world.provider.cancelHistory;
      expect(entry?.reason?.startsWith(`[${world.refundId()}]`)).toBe(true);
      expect(entry?.reason).not.toContain(CONSOLE_REASON);
      expect(await world.look()).toBe('settled');
      expect(await world.told({ amount: 1_000, reason })).toBe('200');
    },
  );
});

describe('an order number that the provider has cut to 40 characters', () => {
  it('is the same order, and told', async () => {
    const long = 'order-'.padEnd(55, '7');
    const world = new ScriptedWorld();
    world.store.items.clear();
    world.store.put({
      merchant_uid: long,
      imp_uid: `imp_${ORDER}`,
      amount: 10_000,
      currency: 'KRW',
      status: 'paid',
      customer_id: 'customer',
    });
    world.provider = { ...world.provider, merchantUid: long.slice(0, 40) };
    const result = await world.cancel({ merchantUid: long, amount: 1_000 });
    expect(result).toMatchObject({ kind: 'final', refund: { status: 'cancelled' } });
    expect(world.has('anomaly')).toBe(true);
  });
});
