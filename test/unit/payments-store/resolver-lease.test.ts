import { beforeEach, describe, expect, it } from 'vitest';
import { resolverLease } from '../../../functions/payments-store/resolver-lease.ts';
import { whileAlone } from '../../../functions/protocol/lease.ts';
import { tableForTests } from '../../support/table-for-tests.ts';

const table = await tableForTests();
const lease = resolverLease({ client: table.documents, name: table.name });
let nowMs = 1_000_000;
let names = 0;
beforeEach(() => {
  // Whatever the last test has left has run out.
  nowMs += 1_000_000;
});

const LASTS_MS = 58_000;

async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
  const newId = () => `run-${(names += 1)}`;
  return whileAlone(work, nowMs + LASTS_MS, { lease, newId, now: () => nowMs });
}

describe("the resolver's lease", () => {
  it('is had by one of two runs that begin at once; the other ends without having worked', async () => {
    const both = Promise.withResolvers<undefined>();
    const worked: string[] = [];
    const first = run(async () => {
      worked.push('first');
      return both.promise.then(() => 'done');
    });
    const second = run(async () => {
      worked.push('second');
      return both.promise.then(() => 'done');
    });
    const busy = await Promise.race([first, second]);
    both.resolve(undefined);
    expect(busy).toBeUndefined();
    expect(worked).toHaveLength(1);
    expect(new Set(await Promise.all([first, second]))).toEqual(new Set(['done', undefined]));
  });

  it('is given back at the end, also when the work fails', async () => {
    await expect(run(async () => Promise.reject(new Error('no index')))).rejects.toThrow('no index');
    expect(await run(async () => Promise.resolve('next'))).toBe('next');
  });

  it('of a run that was killed is taken over when it would have ended, and not before', async () => {
    expect(await lease.take({ owner: 'killed', nowMs, untilMs: nowMs + LASTS_MS })).toBe(true);
    nowMs += LASTS_MS - 1;
    expect(await run(async () => Promise.resolve('too early'))).toBeUndefined();
    nowMs += 1;
    expect(await run(async () => Promise.resolve('in time'))).toBe('in time');
  });

  it('is not taken away by one that comes to itself late', async () => {
    await lease.take({ owner: 'slow', nowMs, untilMs: nowMs + 1 });
    nowMs += 2;
    expect(await lease.take({ owner: 'heir', nowMs, untilMs: nowMs + LASTS_MS })).toBe(true);
    await lease.giveBack('slow');
    expect(await run(async () => Promise.resolve('third'))).toBeUndefined();
  });

  it('is had by a run whose write was repeated because its answer was lost', async () => {
    const wish = { owner: 'again', nowMs, untilMs: nowMs + LASTS_MS };
    expect(await lease.take(wish)).toBe(true);
    expect(await lease.take(wish)).toBe(true);
  });
});
