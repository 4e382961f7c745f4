import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { currentInvocation } from '../../../functions/runtime/invocation.ts';
import { prewarm } from '../../../functions/runtime/start.ts';

beforeEach(() => vi.stubEnv('_HANDLER', 'index.handler'));
afterEach(() => void vi.unstubAllEnvs());

/** What the start asks; `work` is what table and provider do then. */
function given(work: () => Promise<undefined> = async () => undefined) {
  const asked: string[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const orderOf = async () => (asked.push('table'), work());
  const prepare = async () => {
    asked.push('provider');
    signals.push(currentInvocation());
    await work();
    return { kind: 'ready' } as const;
  };
  return { asked, signals, built: () => ({ world: { ledger: { orderOf }, gateway: { prepare } } }) };
}

it('the start reads the table, and at the same time secret and token if the door needs the provider', async () => {
  const { asked, built } = given();
  await prewarm(built, { asksProvider: true });
  expect(asked.splice(0)).toEqual(['table', 'provider']);
  await prewarm(built, { asksProvider: false });
  expect(asked).toEqual(['table']);
});

it('a failure during the start is reported by the first request, not by the start', async () => {
  const { asked, built } = given(async () => Promise.reject(new Error('x')));
  await prewarm(built, { asksProvider: true });
  expect(asked).toEqual(['table', 'provider']);
  const notBuilt = (): never => {
    throw new Error('LEDGER_TABLE_NAME: must be set');
  };
  await expect(prewarm(notBuilt, { asksProvider: true })).resolves.toBeUndefined();
});

it('the start waits for table and provider a second and a half at most, and then ends the request to the provider', async () => {
  const { signals, built } = given(async () => new Promise<never>(() => undefined));
  const startedMs = performance.now();
  await prewarm(built, { asksProvider: true });
  expect(performance.now() - startedMs).toBeGreaterThan(1_400);
  // Lambda's own limit for a start.
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
});

it('the start does nothing outside Lambda, when a tool or a test imports a door', async () => {
  vi.stubEnv('_HANDLER', undefined);
  const { asked, built } = given();
  await prewarm(built, { asksProvider: true });
  expect(asked).toEqual([]);
});
