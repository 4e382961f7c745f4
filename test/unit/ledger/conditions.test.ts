import { describe, expect, it } from 'vitest';
import { planOf } from '../../../functions/ledger/plans.ts';
import type { Change, Outcome, Transaction } from '../../../functions/ledger/table.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { ALL_WRITES, SHARDS, STATES, type State } from '../../support/ledger-cases.ts';

type Altered = FakeTable['altered'];

function outcome({ items }: State, changes: readonly Change[], altered?: Altered): Outcome {
  const table = new FakeTable();
  for (const item of items) table.put(item);
  if (altered !== undefined) table.altered = altered;
  return table.apply({ what: 'a write', changes, token: 'token' });
}

function isApplied(state: State, changes: readonly Change[], altered?: Altered): boolean {
  return outcome(state, changes, altered) === 'applied';
}

interface Weakened {
  readonly name: string;
  readonly altered: Altered;
}

/** Every condition of the plan left out, each in turn. */
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

describe.each(ALL_WRITES)('$name', ({ write }) => {
  const changes = planOf(write, SHARDS);
  const applied = STATES.map((state) => isApplied(state, changes));

  it('is applied in some states and not in others', () => {
    expect(applied).toContain(true);
    expect(applied).toContain(false);
  });

  it('needs each of its conditions: without one of them it is applied where it must not be', () => {
    const needless = weakenings(changes)
      .filter(({ altered }) =>
        STATES.every((state, index) => isApplied(state, changes, altered) === applied[index]),
      )
      .map(({ name }) => name);
    expect(needless).toEqual([]);
  });
});

describe('a condition', () => {
  it('belongs to every write: none is made whatever stands there', () => {
    const unconditional = ALL_WRITES.filter(({ write }) =>
      planOf(write, SHARDS).every(({ when }) => Object.keys(when).length === 0),
    );
    expect(unconditional).toEqual([]);
  });
});
