import { afterAll, beforeAll, test } from 'vitest';
import { startService, type Service } from '../support/service.ts';
import { medianRatio } from './ratio.ts';

/** A backlog, with a provider as slow as on a bad day; looking is what takes the time, so it is done in parallel. */
const BACKLOG = 40;
const LOOK_MS = 100;

let service: Service;
let order = 0;

async function inDoubt(count: number): Promise<void> {
  service.simulator.script({ on: 'cancel', fault: 'answer_lost', times: count });
  for (let index = 0; index < count; index += 1) {
    order += 1;
    await service.order(`doubt-${order}`);
    await service.cancel({ merchant_uid: `doubt-${order}`, cancel_request_amount: 1_000 });
  }
  service.simulator.script({ on: 'payment', fault: 'slow', delay_ms: LOOK_MS, times: count });
}

const resolve = async (): Promise<void> => void (await service.resolve());

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

test('a run of the resolver', { timeout: 300_000 }, async ({ bench }) => {
  const results = await bench.compare(
    bench(`${BACKLOG} in doubt`, { beforeEach: async () => inDoubt(BACKLOG) }, resolve),
    bench('one in doubt', { beforeEach: async () => inDoubt(1) }, resolve),
    { iterations: 10, time: 0, warmupIterations: 1, warmupTime: 0 },
  );
  medianRatio(results, `${BACKLOG} in doubt`, 'one in doubt');
});
