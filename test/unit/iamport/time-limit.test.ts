import { describe, expect, it } from 'vitest';
import { withinTime } from '../../../functions/iamport/time-limit.ts';

const hanging = async (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('the time of a request to the provider', () => {
  it('ends it by a TimeoutError', async () => {
    await expect(withinTime(hanging, 5, undefined)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with the invocation, by what the invocation ended with', async () => {
    const invocation = new AbortController();
    const asked = withinTime(hanging, 60_000, invocation.signal);
    invocation.abort(new Error('the invocation has ended'));
    await expect(asked).rejects.toThrow('the invocation has ended');
  });

  it('is over at once when the invocation has ended before', async () => {
    const ended = AbortSignal.abort(new Error('ended'));
    const seen = await withinTime(async (signal) => Promise.resolve(signal.aborted), 60_000, ended);
    expect(seen).toBe(true);
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const invocation = new AbortController();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const signal = await withinTime(async (given) => Promise.resolve(given), 60_000, invocation.signal);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
    invocation.abort(new Error('ended'));
    expect(signal.aborted).toBe(false);
  });
});
