import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { NOW_MS, simulate, type World } from './support.ts';

const PAYMENTS = 20_000;
const AT_ONCE = 500;

async function manyPayments(): Promise<World> {
  const world = await simulate();
  for (let number = 0; number < PAYMENTS; number += 1) {
    const time = Math.floor(NOW_MS / 1000) - ((number * 7919) % PAYMENTS);
    world.paid({
      imp_uid: `imp_${number}`,
      merchant_uid: `order-${number}`,
      started_at: time,
      paid_at: time,
    });
  }
  await world.token();
  return world;
}

describe('tens of thousands of payments', () => {
  it('500 cancels by order number, at once, are all carried out', async () => {
    const { simulator, cancel } = await manyPayments();
    const numbers = Array.from({ length: AT_ONCE }, (_, index) => index * 40);
    const codes = await Promise.all(
      numbers.map(async (number) => (await cancel({ merchant_uid: `order-${number}`, amount: 1 })).code),
    );
    expect(new Set(codes)).toEqual(new Set([0]));
    expect(simulator.payments().filter(({ status }) => status === 'cancelled')).toHaveLength(AT_ONCE);
  });

  it('a list that is asked for between changes is sorted once, and stays right', async () => {
    const { simulator, get } = await manyPayments();
    const newest = async (): Promise<readonly string[]> =>
      (
        await get<{ list: { imp_uid: string }[] }>('/payments/status/all?sorting=-updated&limit=3')
      ).response.list.map(({ imp_uid }) => imp_uid);
    expect(await newest()).toEqual(['imp_0', expect.any(String), expect.any(String)]);
    const sorting = vi.spyOn(Array.prototype, 'sort');
    const copying = vi.spyOn(Array.prototype, 'toSorted');
    onTestFinished(() => void vi.restoreAllMocks());
    for (let number = 1; number <= 100; number += 1) {
      await simulator.consoleCancel({ imp_uid: `imp_${number * 100}`, amount: 1 });
      expect((await newest())[0]).toBe(`imp_${number * 100}`);
    }
    const sorted = [...sorting.mock.contexts, ...copying.mock.contexts] as readonly unknown[][];
    expect(sorted.filter(({ length }) => length > 1_000)).toEqual([]);
  });
});

describe('the journal', () => {
  function temporaryDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'iamport-simulator-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    return join(directory, 'kept');
  }

  it('is for its owner only, and so is its directory', async () => {
    const directory = temporaryDirectory();
    const { paid } = await simulate({ directory });
    paid();
    expect(statSync(join(directory, 'iamport-payments.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('does not grow with every change, and loses nothing when it is shortened', async () => {
    const directory = temporaryDirectory();
    const { simulator, paid } = await simulate({ directory });
    paid({ amount: 10_000_000, custom_data: 'x'.repeat(10_000) });
    for (let count = 0; count < 2_000; count += 1) {
      await simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1 });
      simulator.undoCancel({ imp_uid: 'imp_1' });
    }
    await simulator.consoleCancel({ imp_uid: 'imp_1', amount: 7 });
    const path = join(directory, 'iamport-payments.jsonl');
    expect(statSync(path).size).toBeLessThan(9 * 1024 * 1024);
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
    await simulator.end();
    const again = await simulate({ directory });
    expect(again.simulator.payment('imp_1')?.cancel_amount).toBe(7);
  });
});
