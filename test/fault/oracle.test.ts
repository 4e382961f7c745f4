import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shopItem } from '../support/memory-store.ts';
import { startService, type Service, type Told } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await service.order('theirs');
  await service.table.documents.send(
    new PutCommand({ TableName: service.table.name, Item: shopItem('broken', { amount: 'abc' }) }),
  );
});
afterAll(async () => service.end());

const stranger = { sub: 'stranger' };

/** Everything of an answer that a caller can see. */
function seen({ status, headers, text }: Told): unknown {
  return { status, headers, text };
}

const WAYS = [
  ['cancel by order number', async (name: string) => service.cancel({ merchant_uid: name }, stranger)],
  ['cancel by imp_uid', async (name: string) => service.cancel({ imp_uid: `imp_${name}` }, stranger)],
  ['read', async (name: string) => service.get(name, stranger)],
] as const;

describe.each(WAYS)('%s: what is unknown and what is somebody else’s', (_way, ask) => {
  it.each(['theirs', 'broken'])('have the same status, headers and body: %s', async (name) => {
    const unknown = await ask('unknown');
    expect(unknown.status).toBe(404);
    expect(seen(await ask(name))).toEqual(seen(unknown));
  });

  it('take as long: medians of one run, in turn', async () => {
    const times: Record<'theirs' | 'unknown', number[]> = { theirs: [], unknown: [] };
    for (let round = 0; round < 60; round += 1) {
      for (const name of round % 2 === 0
        ? (['theirs', 'unknown'] as const)
        : (['unknown', 'theirs'] as const)) {
        const startedMs = performance.now();
        await ask(name);
        // The first rounds warm up.
        if (round >= 20) times[name].push(performance.now() - startedMs);
      }
    }
    const ratio = median(times.unknown) / median(times.theirs);
    // One look-up more would make it about twice as long.
    expect(ratio).toBeGreaterThan(0.65);
    expect(ratio).toBeLessThan(1.5);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
