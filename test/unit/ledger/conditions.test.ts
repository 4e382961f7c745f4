import { describe, expect, it } from 'vitest';
import { planOf } from '../../../functions/ledger/plans.ts';
import type { Change, Condition, Transaction } from '../../../functions/ledger/table.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { ALL_WRITES, STATES, type State } from '../../support/ledger-cases.ts';
import { REFUND_ID } from '../../support/ledger-samples.ts';

type Altered = FakeTable['altered'];

function isApplied({ items }: State, changes: readonly Change[], altered?: Altered): boolean {
  const table = new FakeTable();
  for (const item of items) table.put(item);
  if (altered !== undefined) table.altered = altered;
  return table.apply({ what: 'a write', changes, token: 'token' }) === 'applied';
}

interface Weakened {
  readonly name: string;
  readonly altered: Altered;
}

/** The plan without each of its conditions in turn. */
function weakenings(changes: readonly Change[]): readonly Weakened[] {
  return changes.flatMap(({ when }, at) =>
    Object.keys(when).map((name) => ({
      name: `${at}.${name}`,
      altered: (transaction: Transaction) => ({
        ...transaction,
        changes: transaction.changes.map((change, index) =>
          index === at ? { ...change, when: without(change.when, name) } : change,
        ),
      }),
    })),
  );
}

function without(when: Change['when'], name: string): Change['when'] {
  return Object.fromEntries(Object.entries(when).filter(([other]) => other !== name));
}

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
  'hear (first)': ['pk, no looked_at_ms'],
  'hear (next)': ['looked_at_ms = 1768435200000'],
};

function toldAs(condition: Condition): string {
  if (condition.test === 'any') return condition.of.map(toldAs).join(' or ');
  if (!('value' in condition)) return `${condition.test === 'absent' ? 'no ' : ''}${condition.attribute}`;
  const { attribute, test, value } = condition;
  return `${attribute} ${{ equals: '=', below: '<', at_most: '<=' }[test]} ${value}`;
}

describe.each(ALL_WRITES)('$name', ({ name: row, write }) => {
  const changes = planOf(write);
  const applied = STATES.map((state) => isApplied(state, changes));

  it('the write has the conditions of its row', () => {
    expect(changes.map(({ when }) => Object.values(when).map(toldAs).join(', '))).toEqual(CONDITIONS[row]);
  });

  it('the write is applied in some states and refused in others', () => {
    expect(applied).toContain(true);
    expect(applied).toContain(false);
  });

  it('the write needs each of its conditions: without one it is applied in a state where it must be refused', () => {
    const needless = weakenings(changes)
      .filter(({ altered }) =>
        STATES.every((state, index) => isApplied(state, changes, altered) === applied[index]),
      )
      .map(({ name }) => name);
    expect(needless).toEqual([]);
  });
});
