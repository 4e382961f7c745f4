import { describe, expect, it, onTestFinished } from 'vitest';
import { createControls } from '../../../lib/lab/local/controls/controls.ts';
import { iamportControls } from '../../../lib/lab/local/controls/iamport.ts';
import { startProvider } from '../../../lib/lab/local/provider.ts';
import { FAULT_TABLE } from '../../../lib/lab/simulator/simulator.ts';

type Call = (route: string, body?: object) => Promise<{ readonly status: number; readonly body: unknown }>;

async function controls(): Promise<Call> {
  const provider = await startProvider({
    options: { port: 0, directory: '' },
    webhookUrl: 'http://127.0.0.1:1/',
    directory: undefined,
  });
  onTestFinished(provider.end);
  provider.simulator?.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000 });
  const run = createControls(iamportControls(provider));
  return async (route, body) => {
    const [method = '', target = ''] = route.split(' ');
    const sent = body === undefined ? '' : JSON.stringify(body);
    const answer = await run({ method, target, headers: {}, body: Buffer.from(sent), sourceIp: '127.0.0.1' });
    return { status: answer.status, body: JSON.parse(String(answer.body)) as unknown };
  };
}

describe('the controls of the simulator', () => {
  it('the controls list the known and the queued faults, and remove one kind or all', async () => {
    const call = await controls();
    expect((await call('GET /_local/faults/known')).body).toEqual({ known: FAULT_TABLE });
    await call('POST /_local/faults', [{ on: 'cancel', fault: 'answer_lost' }, { fault: 'reason_cut' }]);
    expect((await call('DELETE /_local/faults', { fault: 'answer_lost' })).body).toEqual({
      faults: [{ on: 'cancel', fault: 'reason_cut' }],
    });
    expect((await call('DELETE /_local/faults', { fault: 'none' })).status).toBe(400);
    expect((await call('DELETE /_local/faults')).body).toEqual({ faults: [] });
  });

  it('the controls cancel in the console and undo the cancel, and refuse what is impossible', async () => {
    const call = await controls();
    const cancel = { amount: 1000, reason: 'another tool' };
    expect(await call('POST /_local/iamport/imp_1/console-cancel', cancel)).toMatchObject({
      status: 200,
      body: { cancel_amount: 1000, cancel_reason: 'another tool' },
    });
    const undo = (body: object) => call('POST /_local/iamport/imp_1/undo-cancel', body);
    expect(await undo({ keep_entry: 1 })).toMatchObject({
      body: { message: 'body.keep_entry must be true or false' },
    });
    expect((await undo({ keep_entry: true })).body).toMatchObject({
      cancel_amount: 0,
      cancel_history: [{ amount: 1000 }],
    });
    expect((await call('POST /_local/iamport/advance', { ms: 60_000 })).body).toEqual({ ms: 60_000 });
    expect((await call('POST /_local/iamport/imp_1/undo-cancel')).status).toBe(400);
    expect((await call('POST /_local/iamport/imp_2/undo-cancel')).status).toBe(404);
  });

  it('the controls pay an order again and take i’mport down', async () => {
    const call = await controls();
    const again = { merchant_uid: 'order-1', imp_uid: 'imp_2' };
    expect(await call('POST /_local/iamport/pay-again', again)).toMatchObject({ status: 201, body: again });
    expect((await call('POST /_local/iamport/pay-again', {})).status).toBe(400);
    expect((await call('GET /_local/iamport/down')).body).toEqual({ down: false });
    await call('POST /_local/iamport/down', { down: true });
    expect((await call('GET /_local/iamport/down')).body).toEqual({ down: true });
  });

  it('the controls count all cancels, or those with a tag', async () => {
    const call = await controls();
    const none = { status: 200, body: { received: 0, executed: 0 } };
    expect(await call('GET /_local/iamport/cancels')).toMatchObject(none);
    expect(await call('GET /_local/iamport/cancels/%5Btag-1%5D')).toMatchObject(none);
  });

  it('the controls list pending cancels and make the PG refuse them', async () => {
    const call = await controls();
    expect((await call('GET /_local/iamport/imp_1/pending')).body).toEqual({ pending: [] });
    expect((await call('GET /_local/iamport/imp_2/pending')).status).toBe(404);
    expect((await call('POST /_local/iamport/refuse', { imp_uid: 'imp_1' })).body).toEqual({ refused: 0 });
  });
});
