import { expect, it } from 'vitest';
import { planOf } from '../../../functions/ledger/plans.ts';
import type { Condition } from '../../../functions/ledger/table.ts';
import { ALL_WRITES } from '../../support/ledger-cases.ts';
import { REFUND_ID } from '../../support/ledger-samples.ts';

/** Every condition of every write as in PROTOCOL, in the order of the plan's items. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  'import (plain)': ['no pk', 'no pk or merchant_uid = order-1'],
  'import (with a promotion)': ['no pk', 'no pk or merchant_uid = order-1'],
  'refresh (plain)': ['is_paid = false, status = ready'],
  'claim (first)': ['no in_flight, cancel_amount = 0, amount = 10000, currency = KRW', 'no pk'],
  'claim (after not_sent, with a rate limit)': [
    'no in_flight, cancel_amount = 0, amount = 10000, currency = KRW',
    'status = not_sent, gen = 1',
  ],
  'finish (cancelled)': ['cancel_amount <= 1000', 'status = requested, gen = 1'],
  'finish (not executed)': ['cancel_amount <= 0', 'status = requested, gen = 1'],
  'finish (keeping the balance)': ['', 'status = requested, gen = 1'],
  'finish (without a look)': ['', 'status = requested, gen = 1'],
  'finish (on a promotion)': ['cancel_amount <= 1000', 'status = requested, gen = 1'],
  'not_sent (plain)': ['', 'status = requested, gen = 1'],
  'restore (plain)': [`in_flight = ${REFUND_ID}`, 'no pk'],
  'release (after not_sent)': [`in_flight = ${REFUND_ID}`, 'status = not_sent, gen = 1, revision = 0'],
  'release (after its end)': [`in_flight = ${REFUND_ID}`, 'status = cancelled, gen = 1, revision = 1'],
  'note (everything)': ['status = requested, gen = 1, no proposed_at_ms'],
  'note (a proposal in place of another)': ['status = requested, gen = 1, proposed_at_ms = 1768435260000'],
  'note (readable again)': ['status = requested, gen = 1'],
  'drift (plain)': ['status = requested, gen = 1, no drift'],
  'looked (plain)': ['status = requested, gen = 1, no looked_at_ms'],
  'take_look (plain)': ['status = requested, gen = 1, resolve_at_ms = 1768435210000'],
  'book (news)': ['cancel_amount < 1000'],
  'book (no news)': ['cancel_amount = 1000'],
  'elsewhere (plain)': ['no pk'],
  'elsewhere (on a promotion)': ['', 'no pk'],
  'attribute (on a promotion)': ['', 'status = elsewhere'],
  'attribute (plain)': ['status = elsewhere'],
  'attribute (taken back)': ['', 'status = attributed'],
  'correct (of a cancelled one)': ['status = cancelled, gen = 1, revision = 1'],
  'correct (of one that was never sent)': ['status = not_sent, gen = 1, revision = 0'],
  'correct (on a promotion)': ['', 'status = not_executed, gen = 1, revision = 0'],
  'propose_undone (of a refund)': ['status = cancelled, gen = 1, revision = 1'],
  'propose_undone (of a foreign cancel)': ['status = elsewhere, revision = 1'],
  'undo (of a refund)': ['no in_flight, cancel_amount = 1000', 'status = cancelled, gen = 1, revision = 1'],
  'undo (of a foreign cancel)': ['no in_flight, cancel_amount = 300', 'status = elsewhere, revision = 1'],
  'undo (on a promotion)': [
    'no in_flight, cancel_amount = 1000',
    'status = cancelled, gen = 1, revision = 1',
  ],
  'shrunk (plain)': ['cancel_amount = 1000'],
  'hear (plain)': ['looked_at_ms = 1768435200000'],
};

function written(condition: Condition): string {
  if (condition.test === 'any') return condition.of.map(written).join(' or ');
  if (condition.test === 'absent') return `no ${condition.attribute}`;
  const { attribute, test, value } = condition;
  return `${attribute} ${{ equals: '=', below: '<', at_most: '<=' }[test]} ${value}`;
}

it.for(ALL_WRITES)('the write has the conditions of its row: $name', ({ name, write }) => {
  const conditions = planOf(write).map(({ when }) => Object.values(when).map(written).join(', '));
  expect(conditions).toEqual(CONDITIONS[name]);
});

it('every condition listed here belongs to a write', () => {
  expect(Object.keys(CONDITIONS)).toEqual(ALL_WRITES.map(({ name }) => name));
});
