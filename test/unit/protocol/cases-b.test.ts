import { describe, expect, it } from 'vitest';
import type { CancelCall, CancelOutcome } from '../../../functions/protocol/ports.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { koreanBusinessDaysLater } from '../../../functions/refund/korea-time.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { PG_TEXTS } from '../../support/model-provider.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

const half = { amount: 1_000, reason: '단순 변심' };

function shuffled(payment: ProviderPayment): ProviderPayment {
  const cancelHistory = payment.cancelHistory
    .toReversed()
    .map(({ cancelledAtMs: _untold, ...entry }) => entry);
  return { ...payment, cancelHistory };
}

describe('B1: a history without order, with equal or missing times and a dropped tag', () => {
  it.each([
    ['as it is', (payment: ProviderPayment) => payment],
    ['backwards and without times', shuffled],
  ])('a lost answer stays undecided with the history %s', async (_how, shows) => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.shows = shows;
    world.cancels.push((call) => {
      // Another tool cancels the same amount meanwhile: one of the two entries may be ours, the other is not.
      world.provider.check(call);
      world.provider.cancelElsewhere(1_000, world.nowMs);
      return lost();
    });
    expect(await world.told(half)).toBe('202');
    expect(await world.twoLooks()).toBe('waiting');
    world.driftComes();
    expect(await world.look()).toBe('drift');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.couldBeOurs);
  });
});

describe('B2: a refund that the PG split into two entries without a tag', () => {
  it('untagged parts decide nothing, because they may be ours or somebody else’s', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.cancels.push(() => {
      world.provider.cancelElsewhere(400, world.nowMs);
      world.provider.cancelElsewhere(600, world.nowMs);
      return lost();
    });
    expect(await world.told(half)).toBe('202');
    expect(await world.twoLooks()).toBe('waiting');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.couldBeOurs);
  });

  it('the refund is cancelled when code 0 came with both parts', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.cancels.push(() => {
      world.provider.cancelElsewhere(400, world.nowMs);
      world.provider.cancelElsewhere(600, world.nowMs);
      return { kind: 'answered', payment: world.provider.snapshot() };
    });
    expect(await world.told(half)).toBe('200');
  });
});

/** PG-FACTS 1. */
const UNDER_WAY = [
  ['kcp', '[8388] 취소 진행중 거래'],
  ['kcp', '[8387]'],
  ['kcp', '[8040|부분취소(환불) 진행중 거래]'],
  ['kcp_billing', '[8E01] 환불 완료 또는 진행중 거래건'],
  ['tosspayments', '[RF23] 환불이 진행중입니다'],
  ['uplus', '(752) 해당기관 취소처리중'],
  ['html5_inicis', '[501940] 취소 처리 중(은련카드)'],
  ['html5_inicis', '[060785|결제/취소를 중복으로 요청]'],
  ['kakaopay', '[-785]'],
  ['naverpay', 'CancelNotComplete'],
  [undefined, '환불 처리 중입니다'],
] as const;

describe.each(UNDER_WAY)(
  'B3: a refusal whose text says that a cancel is under way (%s: %s)',
  (pgProvider, text) => {
    async function refused(): Promise<{ world: ScriptedWorld; call: CancelCall }> {
      const world = new ScriptedWorld(pgProvider === undefined ? {} : { pgProvider, payMethod: 'card' });
      const calls: CancelCall[] = [];
      world.cancels.push((call) => {
        calls.push(call);
        return refusedByPg(`결제취소에 실패하였습니다. ${text}`);
      });
      expect(await world.told(half)).toBe('202');
      const [call] = calls;
      if (call === undefined) throw new Error('Bug: nothing was sent');
      return { world, call };
    }

    it('a refund refused as under way stays in doubt, and becomes cancelled when the PG books it', async () => {
      const { world, call } = await refused();
      expect(await world.look()).toBe('waiting');
      world.provider.process(call, world.nowMs);
      world.nowMs += 60_000;
      expect(await world.told(half)).toBe('200');
      expect(world.sent).toHaveLength(1);
    });

    it('a refund refused as under way is not executed after two looks that find nothing', async () => {
      const { world } = await refused();
      world.quietPeriodPasses();
      expect(await world.look()).toBe('waiting');
      world.nowMs += 30_000;
      expect(await world.look()).toBe('settled');
      expect(await world.told(half)).toBe('NOT_EXECUTED');
    });
  },
);

describe('B4: an asynchronous PG (kicc_v2 with WeChat) without a usable answer', () => {
  it.each([
    ['the answer was lost', lost],
    ['it was refused as under way', () => refusedByPg(PG_TEXTS.under_way)],
  ])(
    'a refund at an asynchronous PG is never told as not executed, however long it takes: %s',
    async (_how, answer) => {
      const world = new ScriptedWorld({ pgProvider: 'kicc_v2', payMethod: 'wechat' });
      world.cancels.push((call): CancelOutcome => {
        world.provider.accept(call, true);
        return answer();
      });
      expect(await world.told(half)).toBe('202');
      expect(await world.twoLooks()).toBe('waiting');
      world.driftComes();
      expect(await world.look()).toBe('drift');
      expect(await world.told({ ...half, idempotencyKey: 'again' })).toBe('REFUND_IN_PROGRESS');
      world.provider.settleAccepted(world.nowMs);
      expect(await world.look()).toBe('settled');
      expect(await world.told(half)).toBe('200');
    },
  );

  it('a refund becomes drift only after `expected_by` when the PG pays later by its own rule', async () => {
    const world = new ScriptedWorld({ pgProvider: 'smartro_v2', payMethod: 'vbank' });
    world.cancels.push(lost);
    const account = { holder: '홍길동', bank: '004', account: '110123456789', tel: '01012345678' };
    expect(await world.told({ ...half, account })).toBe('202');
    world.driftComes();
    expect(await world.look()).toBe('waiting');
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('STILL_RESOLVABLE');
    const { requestedAtMs, doubt } = await world.requested();
    const expectedByMs = koreanBusinessDaysLater(requestedAtMs, 1) ?? 0;
    expect(doubt).toMatchObject({ why: DOUBTS.asynchronous, expectedByMs });
    world.nowMs = expectedByMs;
    expect(await world.look()).toBe('waiting');
    world.nowMs += 1;
    expect(await world.look()).toBe('drift');
    // An unreadable answer does not fall under the PG's rule for late payment.
    world.nowMs = requestedAtMs + 901_000;
    world.looks.push(() => ({ kind: 'failed', cause: 'HTTP 502' }));
    expect(await world.look()).toBe('drift');
  });
});

describe('B5: one stale look after G', () => {
  it('one stale look does not end the refund as NOT_EXECUTED: the second look finds the entry', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(half)).toBe('202');
    world.quietPeriodPasses();
    world.looks.push(() => ({ kind: 'found', payment: before }));
    expect(await world.look()).toBe('waiting');
    expect((await world.requested()).lookedAtMs).toBe(world.nowMs);
    world.nowMs += 30_000;
    expect(await world.look()).toBe('settled');
    expect(await world.told(half)).toBe('200');
  });

  it('a second look within 30 s decides nothing and does not move looked_at', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(half)).toBe('202');
    world.quietPeriodPasses();
    const firstMs = world.nowMs;
    for (const afterMs of [0, 10_000, 29_999]) {
      world.nowMs = firstMs + afterMs;
      world.looks.push(() => ({ kind: 'found', payment: before }));
      expect(await world.look()).toBe('waiting');
      expect((await world.requested()).lookedAtMs).toBe(firstMs);
    }
  });
});

describe('B6: a payment without cancel_amount', () => {
  it('a payment without cancel_amount decides nothing, in an answer or in a look', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.cancels.push((call) => {
      const outcome = world.bookAndAnswer(call);
      if (outcome.kind !== 'answered') throw new Error('Bug: refused');
      return { ...outcome, payment: { ...outcome.payment, sumTold: false } };
    });
    expect(await world.told(half)).toBe('202');
    world.shows = (payment) => ({ ...payment, sumTold: false, cancelHistory: [] });
    expect(await world.twoLooks()).toBe('waiting');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.sumNotTold);
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
  });
});

describe('B7: a refusal with 기취소 (already cancelled)', () => {
  it('기취소 after execution with a stale read-back is told 202, and a later look ends it as cancelled', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs);
      world.looks.push(() => ({ kind: 'found', payment: before }));
      return refusedByPg(PG_TEXTS.already_cancelled);
    });
    expect(await world.told(half)).toBe('202');
    world.nowMs += 20_000;
    expect(await world.told(half)).toBe('200');
  });

  it.each([
    '해당거래 취소실패(기취소성공) : 전화 문의(1661-0808)',
    '[500626|기 취소 거래]',
    '이미 취소된 거래',
  ])(
    'a refund refused as already cancelled is ALREADY_CANCELLED_AT_PG only after two looks that find nothing: %s',
    async (text) => {
      const world = new ScriptedWorld();
      world.cancels.push(() => refusedByPg(`결제취소에 실패하였습니다. ${text}`));
      expect(await world.told(half)).toBe('202');
      world.nowMs += 60_000;
      expect(await world.told(half)).toBe('202');
      world.quietPeriodPasses();
      expect(await world.told(half)).toBe('202');
      world.nowMs += 30_000;
      expect(await world.told(half)).toBe('ALREADY_CANCELLED_AT_PG');
      expect(world.sent).toHaveLength(1);
    },
  );
});
