import { expect, it } from 'vitest';
import { closeRefund } from '../../../functions/protocol/close.ts';
import { reconcile } from '../../../functions/protocol/reconcile.ts';
import type { Surroundings } from '../../../functions/protocol/ports.ts';
import { tableForTests } from '../../support/table-for-tests.ts';
import { entry, listed, NOW, pending, refundId } from './samples.ts';
import { smallWorld } from './small-world.ts';

const OURS = refundId('a');
const OTHERS = 20;
const table = await tableForTests();

it('what no program can decide is closed by two people, and then reconciliation explains every won', async () => {
  const small = smallWorld(NOW);
  const store = table.store(1);
  const world: Surroundings = { ...small, store };
  const paid = listed('imp_1');
  const inserted = await store.write({ kind: 'insert', provider: paid });
  if (inserted === 'condition_failed') throw new Error('the table is not empty');
  await store.write({ kind: 'claim', payment: inserted, pending: pending(OURS, 3_000), evict: [] });
  small.provider.put(listed('imp_1', [entry(3_000, { cancellationId: 'c1' })]));

  const said = { merchantUid: paid.merchantUid, refundId: OURS, evidence: 'seen at the PG' } as const;
  const close = (sub: string) =>
    closeRefund(
      { ...said, actor: { kind: 'staff', sub }, verdict: 'executed', cancellationId: 'c1' },
      NOW + 28_000,
      world,
    );
  expect(await close('mina')).toMatchObject({ kind: 'proposed', payment: { cancelAmount: 3_000 } });
  const closed = {
    kind: 'closed',
    payment: { cancelAmount: 3_000 },
    refund: { cancellationId: 'c1', closing: { proposedBy: 'mina', approvedBy: 'juno' } },
  };
  expect(await close('juno')).toMatchObject(closed);
  expect(await close('juno')).toMatchObject(closed);

  for (let index = 0; index < OTHERS; index += 1) small.provider.put(listed(`imp_p${index}`));
  const stopAtMs = NOW + 60_000;
  const runs = await Promise.all([
    reconcile({ window: 'recent', stopAtMs }, world),
    reconcile({ window: 'full', stopAtMs }, world),
  ]);
  const report = {
    compared: OTHERS + 1,
    explained: { KRW: 3_000 },
    unexplained: {},
    unexplainedPayments: 0,
  };
  expect(runs).toMatchObject([
    { finished: true, report },
    { finished: true, report },
  ]);
  expect(await store.reconciliation()).toMatchObject({
    positions: {},
    last: { recent: { report }, full: { report } },
  });
  expect((await store.order('order_imp_p7')).payments).toMatchObject([{ impUid: 'imp_p7', cancelAmount: 0 }]);
});
