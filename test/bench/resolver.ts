import { openShardOf, paymentKey } from '../../functions/ledger/keys.ts';
import { identityOf, ownToItem, providerWord } from '../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { Ledger, OpenRefund, Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { tagOf } from '../../functions/refund/identity.ts';
import { FakeTable } from '../support/fake-table.ts';
import { entryOf, MORNING_MS, requested, theProvider } from '../support/ledger-samples.ts';
import { ScriptedWorld } from '../support/scripted-world.ts';
import { startService } from '../support/service.ts';
import { benchScale, type Meter } from './scale.ts';
import { digits, type Found, type Tell } from './stats.ts';

const NOW_MS = MORNING_MS + 60_000;
const DUE_MS = NOW_MS - 1;

/** Refunds in doubt and their index as in DynamoDB: sorted once, and a page begins where the last one ended. */
function ledgerInDoubt(count: number): Ledger {
  const table = new FakeTable(() => NOW_MS);
  const open = new Map<string, OpenRefund[]>();
  for (let index = 0; index < count; index += 1) {
    const refund = refundOf(index);
    const { merchantUid, impUid } = refund;
    const provider = theProvider([], { merchantUid, impUid });
    table.put({
      ...paymentKey(refund),
      ...identityOf(provider),
      ...providerWord(provider).set,
      ...ownToItem({ inFlight: refund.refundId }, provider),
    });
    table.put(refundToItem(refund));
    const shard = openShardOf(refund.refundId);
    const entries = open.get(shard) ?? [];
    open.set(shard, entries);
    entries.push({ ...refund, listedAtMs: MORNING_MS });
  }
  return {
    ...table.ledger(),
    openRefunds: async ({ shard, dueMs, afterMs = -1, limit, after }) => {
      const isAsked = afterMs < DUE_MS && dueMs >= DUE_MS;
      const entries = (isAsked && open.get(`open#${shard}`)) || [];
      const first = entries.findIndex(({ refundId }) => refundId === after?.refundId) + 1;
      return Promise.resolve(entries.slice(first, first + limit));
    },
  };
}

/** Its id is as long as a real one: a shorter text would not be read as a tag. */
function refundOf(index: number) {
  return requested({
    merchantUid: `r${index}`,
    impUid: `imp_${index}`,
    refundId: `rf_${String(index).padStart(24, '0')}`,
    resolveAtMs: DUE_MS,
  });
}

/** A run over many refunds in doubt, all executed at the provider; table and provider answer at once. Then the same over HTTP. */
export async function benchResolver(tell: Tell): Promise<Found> {
  const found = await benchScale(
    {
      what: (count) => `the resolver's own work for ${count} in doubt`,
      counts: [100, 1_000, 10_000, 100_000],
      steps: (count) => count,
      prepare,
      isGrowing: true,
    },
    tell,
  );
  const ms = await overHttp(tell);
  const line = `the resolver with its table and HTTP, ${OVER_HTTP} in doubt: ${digits(ms)} ms, ${digits(ms / OVER_HTTP)} ms each`;
  return { lines: [...found.lines, line], figures: { found: found.figures, overHttp: { ms } } };
}

function prepare(inDoubt: number, meter: Meter): () => Promise<string> {
  const { world: scripted } = new ScriptedWorld();
  const world: Surroundings = {
    ...scripted,
    ledger: ledgerInDoubt(inDoubt),
    now: () => NOW_MS,
    report: () => undefined,
    gateway: {
      ...scripted.gateway,
      payment: async (impUid) => {
        meter.step();
        const { merchantUid, refundId } = refundOf(Number(impUid.slice('imp_'.length)));
        const ours = entryOf(1_000, { reason: tagOf(refundId) });
        return Promise.resolve({ kind: 'found', payment: theProvider([ours], { impUid, merchantUid }) });
      },
    },
  };
  const times = { stopAtMs: NOW_MS + 1, deadlineMs: NOW_MS + 58_000 };
  return async () => {
    const { outcomes } = await resolveOpenRefunds(
      { parallel: 20, pageSize: 200, all: false, ...times },
      world,
    );
    if (outcomes.settled !== inDoubt) throw new Error(`settled ${outcomes.settled} of ${inDoubt}`);
    return 'a look each';
  };
}

const OVER_HTTP = 500;

/** The same with table and provider over HTTP in this process, for refunds whose answers were lost. */
async function overHttp(tell: Tell): Promise<number> {
  const service = await startService();
  for (let index = 0; index < OVER_HTTP; index += 1) {
    tell(`${index} of ${OVER_HTTP} refunds brought into doubt`);
    await service.order(`doubt-${index}`);
    service.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_doubt-${index}` });
    const { status } = await service.cancel({ merchant_uid: `doubt-${index}` }, { key: 'k' });
    if (status !== 202) throw new Error(`a lost answer was told as ${status}`);
  }
  const fromMs = performance.now();
  const { outcomes } = await service.resolve();
  const ms = performance.now() - fromMs;
  if (outcomes.settled !== OVER_HTTP) throw new Error(`settled ${outcomes.settled} of ${OVER_HTTP}`);
  await service.end();
  return ms;
}
