import { describe, expect, it } from 'vitest';
import { planWrite } from '../../functions/payments-store/plan.ts';
import { explore } from '../support/explorer.ts';
import type { GuardName } from '../support/memory-store.ts';
import { SCENARIOS } from '../support/scenarios.ts';
import { sampleWrites } from '../support/sample-writes.ts';

const LIMIT = Number(process.env['SCHEDULES_LIMIT'] ?? 2_000);

const GUARDS = sampleWrites().flatMap((write) =>
  planWrite(write).conditions.map((condition, index) => {
    const what = `${condition.test} ${condition.path.join('.')}`;
    return { guard: `${write.kind}: ${what}`, name: { write: write.kind, index } satisfies GuardName };
  }),
);

/** Guards that keep an item from being made out of nothing, or pace the work; other tests hold them, named here. */
const HELD_ELSEWHERE: ReadonlySet<string> = new Set([
  // An order that the table lacks never gets so far: test/unit/payments-store/plan.test.ts.
  'claim: present merchant_uid',
  'book: present merchant_uid',
  // Needs three parties who see three balances; shown directly instead: test/unit/payments-store/plan.test.ts.
  'finish: at_most cancel_amount',
  // Written only for orders that were not paid: test/unit/payments-store/plan.test.ts.
  'insert: absent merchant_uid',
  'refresh: equals status',
  'refresh: equals imp_uid',
  'refresh: absent pending_refund',
  // Only after the quiet period was broken: test/unit/payments-store/plan.test.ts.
  'correct: equals refunds.rf_sample.status',
  // Pace, not truth: two looks at the same time do no harm. test/unit/payments-store/plan.test.ts.
  'defer: equals pending_refund.claim_id',
  'defer: equals pending_refund.checks',
]);

async function isNoticed(name: GuardName): Promise<boolean> {
  for (const { scenario } of SCENARIOS) {
    try {
      await explore(scenario({ without: name }), LIMIT);
    } catch {
      return true;
    }
  }
  return false;
}

describe('without one of its guards the protocol breaks a promise, and a schedule shows it', () => {
  it.each(GUARDS.filter(({ guard }) => !HELD_ELSEWHERE.has(guard)))(
    '$guard',
    { timeout: 600_000 },
    async ({ name }) => {
      expect(await isNoticed(name)).toBe(true);
    },
  );

  it('the quiet period', { timeout: 600_000 }, async () => {
    const broken = SCENARIOS.map(async ({ scenario }) => explore(scenario({ quietPeriodMs: 0 }), LIMIT));
    await expect(Promise.all(broken)).rejects.toThrow(/expected/);
  });
});
