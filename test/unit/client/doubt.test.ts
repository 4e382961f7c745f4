import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Api,
  aPage,
  aRefund,
  aStorage,
  DONE,
  Hands,
  looked,
  OPEN,
  problem,
  WISH,
  type Scripted,
} from './page.ts';

const api = new Api();
let hands = new Hands();
beforeAll(async () => api.start());
afterAll(() => api.stop());
beforeEach(() => {
  api.reset();
  hands = new Hands();
});

/** What the person who waits is told. */
function listening() {
  const said: string[] = [];
  return { said, following: { onProgress: (message: string) => said.push(message) } };
}

const NOTHING = /Nothing|no such|refused/;

describe('a request whose fate nobody has told', () => {
  it.each<[string, Scripted]>([
    ['the gateway ended it', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['the function died', { status: 500, body: { message: 'Internal Server Error' } }],
    ['the service itself does not know', problem(500, 'INTERNAL_ERROR')],
    ['something in between answered', { status: 418, body: { message: 'I am a proxy' } }],
    ['a success does not say of which refund', { status: 200, body: { merchant_uid: 'o' } }],
    ['a success is no JSON', { text: '<html>' }],
    ['the line was cut', 'reset'],
  ])('is not taken for refused: %s', async (_, answer) => {
    const { kept, storage } = aStorage();
    api.otherwise = () => answer;
    const { said, following } = listening();
    const outcome = await aPage(api, hands, { storage }).cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'pending', amount: 100 });
    expect(kept.size).toBe(1);
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(NOTHING);
    expect(api.keys.size).toBe(1);
  });

  it.each<[string, Scripted]>([
    ['the token has expired', { status: 401, body: { message: 'Unauthorized' } }],
    ['somebody else has signed in', problem(404, 'PAYMENT_NOT_FOUND')],
    ['the provider is down', problem(503, 'PROVIDER_UNAVAILABLE')],
    ['another refund is in progress', problem(409, 'REFUND_IN_PROGRESS')],
    ['a newer service has a code that nobody here knows', problem(409, 'A_CODE_OF_NEXT_YEAR')],
    ['the balance is another one for now', problem(409, 'CHECKSUM_MISMATCH')],
  ])('stays open when meanwhile %s', async (_, answer) => {
    const { kept, storage } = aStorage();
    api.script = ['reset'];
    api.otherwise = () => answer;
    const { said, following } = listening();
    const page = aPage(api, hands, { storage });
    const outcome = await page.cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(/Nothing|no such/);
    expect(kept.size).toBe(1);
    // Pressed again it is the same wish, and still the same key.
    api.script = [DONE];
    expect(await page.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });

  it('is refused when the answer holds for the first request too', async () => {
    api.script = ['reset', problem(400, 'ALREADY_FULLY_REFUNDED')];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'refused' });
  });

  it('is refused when the door was shut from the start, or when the service says that nothing was sent', async () => {
    api.otherwise = () => problem(503, 'PROVIDER_UNAVAILABLE');
    const code = 'PROVIDER_UNAVAILABLE';
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'refused', code });
    api.otherwise = () => ({ status: 403, body: { message: 'Forbidden' } });
    const shut = await aPage(api, hands, { language: 'ko' }).cancel(WISH);
    expect(shut).toMatchObject({ kind: 'refused', code: 'FORBIDDEN', message: '권한이 없습니다.' });
  });

  it('came with another reason or account, and was heard: what counts is the one that arrived', async () => {
    const { storage } = aStorage();
    await aPage(api, hands, { storage }).cancel({ ...WISH, refund_account: '222' });
    const other = aRefund('cancelled', { refund_id: 'rf_other', amount: 7 });
    api.script = [problem(422, 'IDEMPOTENCY_KEY_REUSED'), looked(other, aRefund('cancelled'))];
    const outcome = await aPage(api, hands, { storage }).cancel({ ...WISH, refund_account: '111' });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.keys.size).toBe(1);
  });
});

describe('a refund that was told 202', () => {
  it('and is missing is not “nothing” before nothing can be under way any more', async () => {
    api.script = [OPEN];
    api.otherwise = () => looked();
    const { said, following } = listening();
    const outcome = await aPage(api, hands).cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'not_executed', refund_id: 'rf_1' });
    // G (180 s), send window (10 s), skew (5 s): PROTOCOL row 7.
    expect(hands.steadyMs).toBeGreaterThanOrEqual(195_000);
    expect(said.join()).not.toContain('Nothing');
  });

  it('and is missing is waited for as long as the service is configured to wait', async () => {
    api.script = [OPEN];
    api.otherwise = () => looked();
    expect(await aPage(api, hands, { quietPeriodSeconds: 600 }).cancel(WISH)).toMatchObject({
      kind: 'not_executed',
    });
    expect(hands.steadyMs).toBeGreaterThanOrEqual(615_000);
  });

  it('and is missing on a machine whose clock was set on by days is not “nothing” either', async () => {
    const { storage } = aStorage();
    const leaving = new AbortController();
    api.script = [OPEN];
    api.otherwise = () => looked();
    const onProgress = (): void => leaving.abort();
    await aPage(api, hands, { storage }).cancel(WISH, { onProgress, signal: leaving.signal });
    hands.set(3 * 86_400_000);
    const before = hands.steadyMs;
    expect(await aPage(api, hands, { storage }).resume('o')).toMatchObject({ kind: 'not_executed' });
    expect(hands.steadyMs - before).toBeGreaterThanOrEqual(195_000);
  });

  it('and has come back later is cancelled', async () => {
    api.script = [OPEN, looked(), looked(aRefund('unknown')), looked(), looked(aRefund('cancelled'))];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
  });

  it('and cannot be read in full is still there', async () => {
    api.script = [OPEN];
    api.otherwise = () => looked({ refund_id: 'rf_1', status: 7 });
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'pending', refund_id: 'rf_1' });
  });

  it('is left pending while it is open, and kept', async () => {
    const { kept, storage } = aStorage();
    api.script = [OPEN];
    api.otherwise = () => looked(aRefund('unknown'));
    expect(await aPage(api, hands, { storage }).cancel(WISH)).toMatchObject({ kind: 'pending' });
    expect([...kept.values()].join()).toContain('rf_1');
  });

  it('may be left by the page; the wish waits', async () => {
    const { kept, storage } = aStorage();
    const leaving = new AbortController();
    api.script = [OPEN, looked(aRefund('unknown')), 'silent'];
    const onProgress = (): void => {
      if (api.heard.length === 2) leaving.abort();
    };
    const outcome = await aPage(api, hands, { storage }).cancel(WISH, { onProgress, signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending', refund_id: 'rf_1' });
    expect(api.heard).toHaveLength(2);
    expect(kept.size).toBe(1);
  });

  it('may be left while the request is on its way, and is not taken for nothing', async () => {
    const { kept, storage } = aStorage();
    const leaving = new AbortController();
    api.otherwise = () => {
      setTimeout(() => leaving.abort(), 0);
      return 'silent';
    };
    const outcome = await aPage(api, hands, { storage }).cancel(WISH, { signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect(kept.size).toBe(1);
  });
});
