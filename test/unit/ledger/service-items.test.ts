import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { serviceKey } from '../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { leaseOn } from '../../../functions/ledger/service-items.ts';
import { whileAlone } from '../../../functions/protocol/resolver.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';
import { FakeTable } from '../../support/fake-table.ts';

const emulated = await emulatedLedger();
afterAll(async () => emulated.end());

const LASTS_MS = 58_000;

describe.each([
  ['the table of the tests', new FakeTable()],
  ['DynamoDB’s emulator', emulated.table],
] as const)('on %s', (_name, table) => {
  const ledger = ledgerOn(table);
  let works = 0;
  let names = 0;

  /** A lease for work that no other test uses. */
  function aLease() {
    works += 1;
    const lease = leaseOn(table, `work-${works}`);
    const clock = { nowMs: 1_000_000 };
    const run = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      const newId = () => `run-${(names += 1)}`;
      return whileAlone(work, clock.nowMs + LASTS_MS, { lease, newId, now: () => clock.nowMs });
    };
    return { lease, clock, run };
  }

  describe('a lease', () => {
    it('when two runs begin at once, one gets the lease and the other ends without working', async () => {
      const { run } = aLease();
      const both = Promise.withResolvers<undefined>();
      const worked: string[] = [];
      const runs = ['first', 'second'].map(async (name) =>
        run(async () => {
          worked.push(name);
          return both.promise.then(() => 'done');
        }),
      );
      const busy = await Promise.race(runs);
      both.resolve(undefined);
      expect(busy).toBeUndefined();
      expect(worked).toHaveLength(1);
      expect(new Set(await Promise.all(runs))).toEqual(new Set(['done', undefined]));
    });

    it('the lease is returned at the end, also when the work fails', async () => {
      const { run } = aLease();
      await expect(run(async () => Promise.reject(new Error('no index')))).rejects.toThrow('no index');
      expect(await run(async () => Promise.resolve('next'))).toBe('next');
    });

    it('the lease of a killed run is taken over when it expires, and not before', async () => {
      const { lease, clock, run } = aLease();
      const { nowMs } = clock;
      expect(await lease.take({ owner: 'killed', nowMs, untilMs: nowMs + LASTS_MS })).toBe(true);
      clock.nowMs += LASTS_MS - 1;
      expect(await run(async () => Promise.resolve('too early'))).toBeUndefined();
      clock.nowMs += 1;
      expect(await run(async () => Promise.resolve('in time'))).toBe('in time');
    });

    it('a run that continues after its lease expired cannot take it back', async () => {
      const { lease, clock, run } = aLease();
      const { nowMs } = clock;
      await lease.take({ owner: 'slow', nowMs, untilMs: nowMs + 1 });
      clock.nowMs += 2;
      const heir = { owner: 'heir', nowMs: clock.nowMs, untilMs: clock.nowMs + LASTS_MS };
      expect(await lease.take(heir)).toBe(true);
      await lease.giveBack('slow');
      expect(await run(async () => Promise.resolve('third'))).toBeUndefined();
    });

    it('a run whose write was repeated after a lost answer has the lease', async () => {
      const { lease, clock } = aLease();
      const wish = { owner: 'again', nowMs: clock.nowMs, untilMs: clock.nowMs + LASTS_MS };
      expect(await lease.take(wish)).toBe(true);
      expect(await lease.take(wish)).toBe(true);
    });
  });

  it('the notes of reconciliation are saved only when nobody has changed them since they were read', async () => {
    expect(await ledger.reconciliation()).toEqual({});
    const save = async (version: string, before?: string) =>
      ledger.saveReconciliation('full', { version }, before);
    expect(await save('b', 'a')).toBe(false);
    expect(await save('a')).toBe(true);
    expect(await save('b')).toBe(false);
    expect(await ledger.reconciliation()).toEqual({ full: { version: 'a' } });
    // Another window is another item, and a repeated save of the same version is saved already.
    expect(await ledger.saveReconciliation('recent', { version: 'c' }, undefined)).toBe(true);
    expect([await save('b', 'a'), await save('b', 'a')]).toEqual([true, true]);
    expect(await ledger.reconciliation()).toEqual({ full: { version: 'b' }, recent: { version: 'c' } });
  });

  it('the latest acknowledgement of a finding is kept, and other findings have none', async () => {
    const said = { id: 'fd_1', digest: 'd1', by: 'staff-1', note: 'seen at the PG', atMs: 1_768_435_200_000 };
    await ledger.acknowledge(said);
    await ledger.acknowledge({ ...said, id: 'fd_2' });
    const last = { ...said, digest: 'd2', by: 'staff-2', note: '다시 확인함', atMs: said.atMs + 1 };
    await ledger.acknowledge(last);
    expect(await ledger.acknowledgements(['fd_1', 'fd_3'])).toEqual([last]);
    expect(await ledger.acknowledgements([])).toEqual([]);
  });

  describe('the limit on look-ups', () => {
    const window = { windowStartMs: 1_768_435_200_000, windowMs: 60_000 };
    const count = async (sub: string, limit = 2, more: Partial<typeof window> = {}) =>
      ledger.countLookUp({ ...window, ...more, sub, limit });

    it('a caller may look up payments up to the limit, per window and per caller', async () => {
      expect([await count('a'), await count('a'), await count('a')]).toEqual([true, true, false]);
      expect(await count('b')).toBe(true);
      expect(await count('a', 2, { windowStartMs: window.windowStartMs + window.windowMs })).toBe(true);
      expect(await count('a', 3)).toBe(true);
    });

    it('look-ups are counted without the caller’s name and deleted after two windows', async () => {
      await count('김철수@example.com');
      const caller = createHash('sha256').update('김철수@example.com').digest('base64url');
      const item = await table.get(serviceKey(`lookups#${caller}`, String(window.windowStartMs)));
      expect(item).toMatchObject({ count: 1, expires_at: window.windowStartMs / 1000 + 120 });
      expect(JSON.stringify(item)).not.toContain('example.com');
    });
  });
});
