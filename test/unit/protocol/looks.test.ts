import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../functions/http/refund-events.ts';
import { refundFromItem } from '../../../functions/ledger/refund-item.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { koreanBusinessDaysLater } from '../../../functions/refund/korea-time.ts';
import { PG_TEXTS } from '../../support/model-provider.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };

it.for([
  [{}, 'look_failed'],
  [{ secret: true }, 'unavailable'],
] as const)('a look that fails with %o is reported as %s', async ([fields, event]) => {
  const world = await ScriptedWorld.inDoubt();
  world.events.length = 0;
  world.looks.push(() => ({ kind: 'failed', cause: 'x', ...fields }));
  await world.look();
  expect(world.events.filter(({ event: each }) => each !== 'waiting')).toMatchObject([{ event, ...fields }]);
});

describe('two looks that find nothing (rows 7 and 7d)', () => {
  it('a refund whose answers are all lost is sent once and ends as NOT_EXECUTED; its key stays taken', async () => {
    const world = await ScriptedWorld.inDoubt();
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(world.sent).toHaveLength(1);
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('200');
  });

  it('one stale look after G does not end the refund as NOT_EXECUTED: the second look finds the entry', async () => {
    const world = new ScriptedWorld();
    const before = world.provider.snapshot();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told(part)).toBe('202');
    world.quietPeriodPasses();
    const firstMs = world.nowMs;
    // A look within thirty seconds decides nothing and does not move `looked_at`.
    for (const afterMs of [0, 10_000, 29_999]) {
      world.nowMs = firstMs + afterMs;
      world.looks.push(() => ({ kind: 'found', payment: before }));
      expect(await world.look()).toBe('waiting');
      expect((await world.requested()).lookedAtMs).toBe(firstMs);
    }
    world.nowMs += 1;
    expect(await world.look()).toBe('settled');
    expect(await world.told(part)).toBe('200');
  });

  it.for([
    ['under way', PG_TEXTS.under_way, 'NOT_EXECUTED'],
    ['already cancelled', PG_TEXTS.already_cancelled, 'ALREADY_CANCELLED_AT_PG'],
  ] as const)('a refusal as %s proves nothing; two looks end it', async ([, text, told]) => {
    for (const isExecuted of [false, true]) {
      const world = new ScriptedWorld();
      const before = world.provider.snapshot();
      world.cancels.push((call) => {
        if (isExecuted) world.provider.process(call, world.nowMs);
        // The read-back is stale.
        world.looks.push(() => ({ kind: 'found', payment: before }));
        return refusedByPg(text);
      });
      expect(await world.told(part)).toBe('202');
      world.nowMs += 60_000;
      expect(await world.told(part)).toBe(isExecuted ? '200' : '202');
      if (!isExecuted) await world.twoLooks();
      expect(await world.told(part)).toBe(isExecuted ? '200' : told);
      expect(world.sent).toHaveLength(1);
    }
  });

  it('a payment without cancel_amount decides nothing, in an answer or in a look, and is not booked', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.shows = (payment) => ({ ...payment, sumTold: payment.cancelHistory.length === 0 });
    expect(await world.told(part)).toBe('202');
    world.shows = (payment) => ({ ...payment, sumTold: false, cancelHistory: [] });
    expect(await world.twoLooks()).toBe('waiting');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.sumNotTold);
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
  });
});

describe('an asynchronous PG', () => {
  it('a refund becomes drift only after `expected_by` when the PG pays later by its own rule', async () => {
    const world = new ScriptedWorld({ pgProvider: 'smartro_v2', payMethod: 'vbank' });
    world.cancels.push(lost);
    const account = { holder: '홍길동', bank: '004', account: '110123456789', tel: '01012345678' };
    expect(await world.told({ ...part, account })).toBe('202');
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

describe('drift (row 7e)', () => {
  /** A refund in drift, with the types of its change events. */
  async function inDrift() {
    const world = await ScriptedWorld.inDrift({ reasons: 'dropped' }, 'executed');
    const told: string[] = [];
    world.table.watched = (changed) => {
      for (const { before, after } of changed) {
        const isRefund = String(after['sk']).startsWith('refund#');
        const event = isRefund && eventOf(before && refundFromItem(before), refundFromItem(after));
        if (event) told.push(event.type);
      }
    };
    return { world, told };
  }

  it('drift is told once, however many workers look however often, and so is its end', async () => {
    const { world, told } = await inDrift();
    await Promise.all([world.look(), world.look(), world.look()]);
    expect(await world.look()).toBe('drift');
    expect(told).toEqual(['Refund In Drift']);
    expect((await world.requested()).drift).toMatchObject({ cancelAmount: 1_000, cancelableAmount: 9_000 });
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('closed');
    expect(told.slice(1)).toContain('Refund Not Executed');
    expect(told.slice(1)).not.toContain('Refund In Drift');
  });

  it('drift is told by the next look when the write fails', async () => {
    const { world, told } = await inDrift();
    let isDown = true;
    world.intercept('drift', ({ apply }) => {
      if (isDown) throw new StoreError('no table', { isKnownNotApplied: true });
      return apply();
    });
    expect(await world.look()).toBe('drift');
    expect(told).toEqual([]);
    isDown = false;
    expect(await world.look()).toBe('drift');
    expect(told).toEqual(['Refund In Drift']);
  });
});

describe("what a later look shows (rows 8 and 8')", () => {
  it('a late entry with our tag corrects the refund, even beside another cancel of the same amount', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs, { isHidden: true });
      world.provider.cancelElsewhere(1_000, world.nowMs);
      return { kind: 'answered', payment: world.provider.snapshot() };
    });
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({
      attribution: 'answer',
      entries: [{ cancellationId: 'C2' }],
    });
    world.provider.reveal();
    expect(await world.webhook()).toBe('booked');
    expect(await world.refund()).toMatchObject({
      status: 'cancelled',
      corrected: true,
      attribution: 'tag',
      revision: 1,
      entries: [{ cancellationId: 'C1' }],
    });
    expect(world.has('corrected')).toBe(true);
    const foreign = (await world.items()).filter(({ status }) => status === 'elsewhere');
    expect(foreign).toMatchObject([{ entry: { cancellationId: 'C2' } }]);
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_000 });
  });

  it.each(['correct', 'elsewhere'] as const)(
    'a write that failed (%s) is repeated at the next look',
    async (kind) => {
      const world = await ScriptedWorld.inDoubt();
      expect(await world.twoLooks()).toBe('settled');
      const [call] = world.sent;
      if (kind === 'correct' && call !== undefined) world.provider.process(call, world.nowMs);
      else world.provider.consoleCancel(500, world.nowMs);
      let isDown = true;
      world.intercept(kind, ({ apply }) => {
        if (isDown) throw new StoreError('down', { isKnownNotApplied: true });
        return apply();
      });
      await world.webhook();
      isDown = false;
      await world.webhook();
      expect(world.has(kind === 'correct' ? 'corrected' : 'cancelled_elsewhere')).toBe(true);
    },
  );
});
