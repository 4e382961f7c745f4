import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../functions/runtime/wait.ts';

describe('a wait', () => {
  it('is over at its time, and at once when that has passed', async () => {
    await expect(waitUntil(1_000, 995, undefined)).resolves.toBeUndefined();
    await expect(waitUntil(1_000, 5_000, undefined)).resolves.toBeUndefined();
  });

  it('is given up with the reason of the signal, also of one that was aborted before', async () => {
    const end = new AbortController();
    const waited = waitUntil(60_000, 0, end.signal);
    end.abort(new Error('settled'));
    await expect(waited).rejects.toThrow('settled');
    await expect(waitUntil(60_000, 0, end.signal)).rejects.toThrow('settled');
  });
});
