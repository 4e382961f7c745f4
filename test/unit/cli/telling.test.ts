import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EMPTY_REPORT } from '../../../functions/protocol/reconciliation-report.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { MemoryStore, shopItem, type Item } from '../../support/memory-store.ts';
import { NOW_MS, type } from './command-line.ts';

const REFUND = 'rf_0123456789abcdefghjkmnpq';
const STRANGER = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';

function pending(fields: Item = {}): Item {
  const at = NOW_MS - 20 * 60_000;
  return {
    refund_id: REFUND,
    amount: 3_000,
    checksum: 10_000,
    actor: { kind: 'customer', sub: 'customer-1' },
    requested_at: at,
    seq: 1,
    attempt: 1,
    claim_id: 'claim',
    claimed_at: at,
    accepted: false,
    checks: 4,
    resolve_at: NOW_MS + 60_000,
    attempts: [{ attempt: 1, sent_at: at }],
    ...fields,
  };
}

function open(merchantUid: string, fields: Item = {}, doubt: Item = {}): Item {
  return shopItem(merchantUid, {
    refund_pending: pending(doubt),
    refund_seq: 1,
    refund_records: {},
    refund_open_shard: 'open-0',
    refund_resolve_at: NOW_MS,
    ...fields,
  });
}

function table(...items: readonly Item[]): MemoryStore {
  const store = new MemoryStore();
  for (const item of items) store.put(item);
  return store;
}

const DRIFT = { doubt: { why: DOUBTS.couldBeOurs, cancel_amount: 3_500 } };

describe('list', () => {
  it('tells why a refund is open and both balances, and says when nothing is', async () => {
    const { status, out } = await type('list', { store: table(open('ORD-1', {}, DRIFT)) });
    expect(status).toBe(0);
    expect(out).toContain('20 min         3,000 KRW  in doubt  attempt 1  ORD-1  imp_ORD-1');
    expect(out).toContain(
      "an entry without a tag could be this refund; cancelled by the table 0 KRW, by i'mport 3,500 KRW",
    );
    expect(await type('list', { store: table() })).toMatchObject({ status: 0, out: 'Nothing is in doubt.' });
  });

  it('of thousands reads many at once, in their order all the same, and tells how far it is', async () => {
    const store = table(...Array.from({ length: 300 }, (_, index) => open(`ORD-${index}`)));
    const read = store.order.bind(store);
    let atWork = 0;
    let most = 0;
    store.order = async (merchantUid) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await setImmediate();
      atWork -= 1;
      return read(merchantUid);
    };
    const told: string[] = [];
    const { out } = await type('list', { store, progress: (line) => told.push(line) });
    // One after another, five thousand take minutes; all at once they would be throttled.
    expect(most).toBe(16);
    expect([...out.matchAll(/ (ORD-\d+) /g)]).toHaveLength(300);
    expect(out).toContain('300 in doubt.');
    expect(told).toContain('300 of 300 read');
    expect(told.at(-1)).toBe('');
  });

  it('names an item that cannot be read, with why, and still lists the others', async () => {
    const broken = open('ORD-BROKEN', { amount: 'ten thousand' });
    const { status, out } = await type('list --in-doubt', { store: table(broken, open('ORD-1')) });
    expect(status).toBe(1);
    expect(out).toMatch(/CANNOT BE READ {2}ORD-BROKEN {2}imp_ORD-BROKEN {2}.*amount/);
    expect(out).toContain('ORD-1  imp_ORD-1');
    expect(out).toContain('2 in doubt, 1 of them in items that cannot be read.');
  });

  it('names what the last comparison could not read, while that is so', async () => {
    const store = table(shopItem('ORD-1', { amount: 'none' }), shopItem('ORD-2'));
    const cases = ['ORD-1', 'ORD-2'].map((merchantUid) => ({
      kind: 'unreadable' as const,
      merchantUid,
      impUid: `imp_${merchantUid}`,
      note: 'its item cannot be read or written',
    }));
    const report = { ...EMPTY_REPORT, unreadable: 2, cases };
    const times = { fromSeconds: 0, toSeconds: 1, startedAtMs: NOW_MS, finishedAtMs: NOW_MS };
    store.notes = { version: 1, positions: {}, last: { full: { window: 'full', ...times, report } } };
    const { status, out } = await type('list', { store });
    expect(status).toBe(1);
    expect(out).toMatch(/CANNOT BE READ {2}ORD-1 .* See UnreadableItems/);
    expect(out).not.toContain('ORD-2');
    expect(out).toContain('Nothing is in doubt.');
  });

  it('lists one payment alone, and the same as JSON', async () => {
    const store = table(open('ORD-1', {}, DRIFT), open('ORD-2'));
    const { out } = await type('list --imp-uid imp_ORD-1 --json', { store });
    const { in_doubt: inDoubt, unreadable } = JSON.parse(out) as Record<string, unknown[]>;
    expect(unreadable).toEqual([]);
    expect(inDoubt).toMatchObject([
      {
        merchant_uid: 'ORD-1',
        age_seconds: 1_200,
        cancelled: { table: 0, provider: 3_500 },
        refund: { refund_id: REFUND, in_doubt: { why: DOUBTS.couldBeOurs, drift: true } },
      },
    ]);
  });
});

describe('what is drift', () => {
  async function drift(words: string, seconds?: number): Promise<unknown> {
    const local = { dynamodb_url: '', table_name: '', region: '' };
    const info = seconds === undefined ? local : { ...local, quiet_period_seconds: seconds };
    const store = table(open('ORD-1', {}, DRIFT));
    const { out } = await type(words, { store, localInfo: async () => info });
    return /"drift":(\w+)/.exec(out)?.[1];
  }

  it.each(['list', 'explain ORD-1'])(
    'is told by the quiet period of the local run that is asked: %s',
    async (command) => {
      expect(await drift(`${command} --json`, 180)).toBe('true');
      expect(await drift(`${command} --json`, 600)).toBe('false');
      expect(await drift(`${command} --json`)).toBe('null');
    },
  );

  it.each(['list', 'explain ORD-1'])(
    'is not known of a table in AWS, unless its quiet period is given: %s',
    async (command) => {
      const inAws = `${command} --json --table payments`;
      expect(await drift(inAws, 180)).toBe('null');
      expect(await drift(`${inAws} --quiet-period 180`)).toBe('true');
      expect(await drift(`${inAws} --quiet-period 600`)).toBe('false');
    },
  );

  it('is never told by a quiet period that is none, or that is not the local run’s own', async () => {
    const store = table(open('ORD-1', {}, DRIFT));
    const { err } = await type('list --json --table payments --quiet-period 3min', { store });
    expect(err).toBe('--quiet-period must be a whole number of seconds, not "3min".');
    const other = await type('list --json --quiet-period 180', { store });
    expect(other.err).toBe('--quiet-period belongs to --table: a local run tells its own.');
  });
});

describe('explain', () => {
  it('tells why the last look could not decide, with both balances', async () => {
    const { status, out } = await type('explain ORD-1', { store: table(open('ORD-1', {}, DRIFT)) });
    expect(status).toBe(0);
    expect(out).toContain(`IN DOUBT (not known yet; ${DOUBTS.couldBeOurs})`);
    expect(out).toContain("cancelled by the table 0 KRW, by i'mport 3,500 KRW");
  });

  it('tells the proposal that waits for a second member of staff', async () => {
    const proposal = {
      verdict: 'not_executed',
      evidence: 'PG console',
      proposed_by: 'staff-1',
      proposed_at: NOW_MS,
    };
    const { out } = await type('explain ORD-1', { store: table(open('ORD-1', {}, { proposal })) });
    expect(out).toContain('PROPOSED by staff-1 at 2026-11-25 21:30:00.000 KST: not_executed, "PG console"');
  });

  it('shows an entry with a tag that the table does not know, and one of before entries had ids', async () => {
    const history = [
      { amount: 500, cancelled_at: 1_769_871_600, reason: `[${STRANGER}] size`, cancellation_id: 'C1' },
      { amount: 700, cancelled_at: 1_769_871_700, reason: `[${REFUND}] size`, cancellation_id: 'C2' },
      { amount: 200, cancelled_at: 1_769_871_800, reason: '관리자페이지취소' },
    ];
    const item = open('ORD-1', { cancel_amount: 1_400, cancel_history: history });
    const { out } = await type('explain ORD-1', { store: table(item) });
    expect(out).toContain(
      `C1 cancelled elsewhere: 500 KRW ("[${STRANGER}] size"); LOOK: it bears the tag of ${STRANGER}, which this payment does not know`,
    );
    expect(out).toContain(`bears the tag of ${REFUND}, which is in doubt here`);
    expect(out).toMatch(/KST {2}cancelled elsewhere: 200 KRW \("관리자페이지취소"\)/);
  });

  it('writes an amount with the decimals of its currency, to the cent', async () => {
    const item = shopItem('ORD-1', { currency: 'USD', amount: 14.2, cancel_amount: 0.1 });
    const { out } = await type('explain ORD-1', { store: table(item) });
    expect(out).toContain('paid 14.20 USD, cancelled 0.10 USD, left 14.10 USD');
  });

  it("tells every payment of an order, the shop's word, and what cannot be read", async () => {
    const store = table(
      { merchant_uid: 'ORD-1', imp_uid: 'order', customer_id: 'customer-1', amount: 10_000 },
      shopItem('ORD-1', { imp_uid: 'imp_a' }),
      shopItem('ORD-1', { imp_uid: 'imp_b' }),
      shopItem('ORD-1', { imp_uid: 'imp_c', amount: 'none' }),
    );
    const { status, out } = await type('explain ORD-1', { store });
    expect(status).toBe(0);
    expect(out).toContain("by the shop's order item it is customer-1's, should cost 10,000 KRW");
    expect(out).toMatch(/imp_a\)[\s\S]*imp_b\)[\s\S]*\(imp_c\): CANNOT BE READ: [\s\S]*2 payments/);
  });

  it('finds an order by one of its payments, and tells that one alone', async () => {
    const store = table(shopItem('ORD-1', { imp_uid: 'imp_a' }), shopItem('ORD-1', { imp_uid: 'imp_b' }));
    const { out } = await type('explain --imp-uid imp_b --json', { store });
    expect(JSON.parse(out)).toMatchObject([
      { merchant_uid: 'ORD-1', payments: [{ imp_uid: 'imp_b', moments: [] }] },
    ]);
    expect(out).not.toContain('imp_a');
  });

  it.each(['explain ORD-2', 'explain --imp-uid imp_2', 'explain ORD-1 --imp-uid imp_2'])(
    'says so when the table holds nothing of it: %s',
    async (words) => {
      const { status, out } = await type(words, { store: table(shopItem('ORD-1')) });
      expect(status).toBe(1);
      expect(out).toContain('The table holds n');
    },
  );
});

describe('reconcile --last', () => {
  const report = {
    compared: 12,
    booked: 1,
    imported: 0,
    unknown: 0,
    ordersPaidTwice: 1,
    amountsThatDiffer: 0,
    unreadable: 0,
    explained: { KRW: 50_000, USD: 1_420 },
    unexplained: { KRW: 2_000 },
    unexplainedPayments: 1,
    cases: [
      {
        kind: 'unexplained',
        merchantUid: 'ORD-1',
        impUid: 'imp_1',
        note: '2000 KRW could not be booked',
      } as const,
    ],
  };
  const finished = { fromSeconds: 0, toSeconds: 1, startedAtMs: NOW_MS, finishedAtMs: NOW_MS, report };

  it('tells what was compared, in each currency, and the cases', async () => {
    const store = table();
    store.notes = { version: 1, positions: {}, last: { recent: { window: 'recent', ...finished } } };
    const { status, out } = await type('reconcile --last', { store });
    expect(status).toBe(1);
    expect(out).toContain('12 payments compared, 1 booked, 1 order paid twice.');
    expect(out).toContain('explained: 50,000 KRW, 14.20 USD. Unexplained: 2,000 KRW.');
    expect(out).toContain('unexplained  ORD-1  imp_1  2000 KRW could not be booked');
  });

  it('says so when there was none yet', async () => {
    const { status, out } = await type('reconcile --last', { store: table() });
    expect({ status, out }).toEqual({ status: 1, out: 'No comparison has come to its end yet.' });
  });
});
