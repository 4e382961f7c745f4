import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../functions/http/http-handler.ts';
import { handleCancel } from '../../functions/cancel-payment.ts';
import { live, type Live } from '../../functions/runtime/live.ts';
import { prewarm } from '../../functions/runtime/start.ts';
import { cancelEvent } from '../bench/events.ts';
import { environmentFor, startStubs, waitsInARow, type Stubs } from '../bench/stubs.ts';

/** Long enough that simultaneous requests overlap on any machine. */
const ANSWER_MS = 60;

let stubs: Stubs;
let built: Live;
beforeAll(async () => {
  stubs = await startStubs();
  Object.assign(process.env, environmentFor(stubs.url));
  built = live();
});
afterAll(() => stubs.end());

async function refund(merchantUid: string) {
  await stubs.turn(ANSWER_MS);
  const result = await handleCancel(cancelEvent(merchantUid) as HttpEvent, Date.now() + 28_000, built.world);
  expect(result.statusCode).toBe(200);
  const spans = await stubs.turn(0);
  const look = spans.find(({ name }) => name === 'look');
  const besideTheLook = spans.filter(
    ({ name, fromMs, toMs }) =>
      name === 'GetItem' && look !== undefined && fromMs >= look.fromMs && toMs <= look.toMs,
  );
  return {
    waits: waitsInARow(spans.filter((span) => !besideTheLook.includes(span))),
    asked: spans.map(({ name }) => name).toSorted(),
    besideTheLook: besideTheLook.length,
  };
}

/** Read → claim and look → cancel → settle. The owner is read again after the claim, during the look. */
const FOUR_WAITS = {
  waits: 4,
  asked: ['GetItem', 'GetItem', 'Query', 'TransactWriteItems', 'TransactWriteItems', 'cancel', 'look'],
  besideTheLook: 1,
};

describe('the waits of a refund', () => {
  it('the first refund of an environment waits four times in a row, because secret and token were read at its start', async () => {
    await stubs.turn(0);
    await prewarm(() => built, { asksProvider: true });
    const asked = (await stubs.turn(0)).map(({ name }) => name).toSorted();
    expect(asked).toEqual(['GetItem', 'secret', 'token']);
    expect(await refund('bench-first')).toEqual(FOUR_WAITS);
  });

  it('a later refund waits four times in a row and requests nothing twice', async () => {
    expect(await refund('bench-second')).toEqual(FOUR_WAITS);
  });
});
