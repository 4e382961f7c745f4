import { describe, expect, it } from 'vitest';
import { type Fault, FaultScriptError, parseFaults } from '../../../lib/lab/simulator/simulator.ts';
import {
  after,
  audits,
  cancels,
  entries,
  follow,
  getToken,
  type Merchant,
  MINUTE_MS,
  type Scenario,
  simulate,
} from './support.ts';

const LATER = { delay_ms: 3 * MINUTE_MS };

async function withFaults(...faults: readonly Fault[]): Promise<Merchant> {
  const merchant = await simulate();
  merchant.paid();
  await merchant.token();
  merchant.simulator.script(faults);
  return merchant;
}

describe('whether a cancel of 3,000 won is executed whose answer does not say it', () => {
  it.for([
    [{ fault: 'answer_lost' }, /^breaks/, 3000, 3000],
    [{ fault: 'request_lost' }, /^breaks/, 0, 0],
    [{ fault: 'late', ...LATER }, /^breaks/, 0, 3000],
    [{ fault: 'http_500' }, /^500 {"code":-1/, 3000, 3000],
    [{ fault: 'http_502' }, /^502 <html>/, 3000, 3000],
    [{ fault: 'http_502', applied: false }, /^502 <html>/, 0, 0],
    [{ fault: 'http_502', ...LATER }, /^502 <html>/, 0, 3000],
    [{ fault: 'http_504' }, /^504 <html>/, 3000, 3000],
    [{ fault: 'empty_200' }, /^200 $/, 3000, 3000],
    [{ fault: 'truncated_200' }, /^200 {"code":0,.*[^}]$/, 3000, 3000],
    [{ fault: 'http_429' }, /^429 {/, 0, 0],
    [{ fault: 'unauthorized' }, /^401 {/, 0, 0],
    [{ fault: 'unauthorized', applied: true }, /^401 {/, 3000, 3000],
    [{ fault: 'unauthorized', ...LATER }, /^401 {/, 0, 3000],
  ] as const)('%j: %s, %i won at once, %i won minutes later', async ([fault, answer, now, later]) => {
    const steps = [
      cancels(answer),
      after(0, now),
      after(LATER.delay_ms - 1, now),
      after(1, later),
      audits(later / 3000),
    ];
    expect(await follow({ rule: '', faults: { on: 'cancel', ...fault }, steps })).toBe('as stated');
  });

  it.for<Scenario>([
    {
      rule: 'a late cancel is executed although its token has expired',
      faults: { on: 'cancel', fault: 'late', delay_ms: 60 * MINUTE_MS },
      steps: [cancels(/breaks/), after(60 * MINUTE_MS, 3000)],
    },
    {
      rule: 'the checksum of a late cancel is tested when it is executed',
      faults: { on: 'cancel', fault: 'late', delay_ms: MINUTE_MS },
      steps: [cancels(/breaks/), cancels(0), after(MINUTE_MS, 3000), audits(1)],
    },
  ])('$rule', async (scenario) => expect(await follow(scenario)).toBe('as stated'));
});

describe('which request meets a fault', () => {
  it('a request meets the first matching fault, once, in the order of the script', async () => {
    const { simulator, cancel, get, paid } = await withFaults(
      { on: 'cancel', fault: 'http_429', imp_uid: 'imp_2' },
      { on: 'payment', fault: 'http_500' },
      { on: 'token', fault: 'http_500' },
      { on: 'list', fault: 'http_502' },
    );
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2' });
    expect((await getToken(simulator.url)).status).toBe(500);
    expect((await cancel({ imp_uid: 'imp_1' })).status).toBe(200);
    expect((await cancel({ merchant_uid: 'order-2' })).status).toBe(429);
    expect((await get('/payments/imp_1')).status).toBe(500);
    expect((await get('/payments/imp_1')).status).toBe(200);
    await expect(get('/payments/status/all')).rejects.toThrow('JSON');
    expect(simulator.faults()).toEqual([]);
  });

  it('a fault lasts for its number of times, or until it is cleared by name, by payment, or with all others', async () => {
    const { simulator, get } = await withFaults({ on: 'any', fault: 'http_429', times: 3 });
    expect((await get('/payments/imp_1')).status).toBe(429);
    expect(simulator.faults()).toEqual([{ on: 'any', fault: 'http_429', times: 2 }]);
    const lasting = { fault: 'history_as_object', until_cleared: true } as const;
    simulator.script([lasting, { ...lasting, imp_uid: 'imp_2' }, { fault: 'webhook_form' }]);
    simulator.clearFaults({ imp_uid: 'imp_2' });
    simulator.clearFaults({ fault: 'http_429' });
    for (let count = 0; count < 2; count += 1) expect((await get('/payments/imp_1')).status).toBe(200);
    expect(simulator.faults()).toEqual([
      { on: 'any', ...lasting },
      { on: 'webhook', fault: 'webhook_form' },
    ]);
    simulator.clearFaults();
    expect(simulator.faults()).toEqual([]);
  });

  it('a permanent fault of one payment affects all its requests, also by order number, and no other payment', async () => {
    const { cancel, get, paid } = await withFaults({
      on: 'any',
      fault: 'unauthorized',
      imp_uid: 'imp_2',
      until_cleared: true,
    });
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2' });
    const answers = [
      await cancel({ imp_uid: 'imp_1', amount: 1 }),
      await cancel({ merchant_uid: 'order-2', amount: 1 }),
      await get('/payments/imp_1'),
      await get('/payments/find/order-2'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401]);
  });

  it.for<Scenario>([
    {
      rule: 'a scripted fault comes before a permanent one, and a permanent fault of the PG is combined with both',
      faults: [
        { fault: 'drop_tag', until_cleared: true },
        { on: 'cancel', fault: 'http_429', until_cleared: true },
        { on: 'cancel', fault: 'answer_lost' },
      ],
      steps: [cancels(/breaks/), entries([3000, '']), cancels(/^429/)],
    },
    {
      rule: 'a scripted refusal waits for a cancel that reaches the PG',
      faults: [{ on: 'cancel', fault: 'http_429', until_cleared: true }, { fault: 'refused' }],
      steps: [
        cancels(/^429/),
        ({ simulator }) => simulator.clearFaults({ fault: 'http_429' }),
        cancels(1, { checksum: 1 }),
        cancels(-1),
        cancels(0),
      ],
    },
    {
      rule: 'faults of the PG can be combined with a lost answer',
      faults: { on: 'cancel', fault: 'answer_lost', also: ['asynchronous', 'drop_tag'] },
      steps: [cancels(/breaks/), after(MINUTE_MS - 1, 0), after(1, 3000), entries([3000, ''])],
    },
    {
      rule: 'a request uses up one time of a fault that is combined with another',
      faults: { fault: 'asynchronous', also: ['drop_tag'], times: 2 },
      steps: [cancels(0), cancels(0), after(0, 0), after(MINUTE_MS, 6000), entries([3000, ''], [3000, ''])],
    },
  ])('$rule', async (scenario) => expect(await follow(scenario)).toBe('as stated'));
});

describe('the audit of cancels', () => {
  it('the audit counts received and executed cancels by the reason that was sent, and shows no account', async () => {
    const { simulator, cancel } = await withFaults({ on: 'cancel', fault: 'http_429' }, { fault: 'refused' });
    const wanted = { imp_uid: 'imp_1', amount: 100, reason: '[tag-1]', refund_account: '110123456789' };
    for (const checksum of [10_000, 10_000, 10_000, 1]) await cancel({ ...wanted, checksum });
    await cancel({ ...wanted, reason: '[tag-2]' });
    const { requests, ...counts } = simulator.audit('[tag-1]');
    expect(counts).toEqual({ received: 4, executed: 1 });
    expect(requests.map(({ code, executed }) => [code, executed])).toEqual([
      [undefined, false],
      [-1, false],
      [0, true],
      [1, false],
    ]);
    expect(JSON.stringify(simulator.audit())).not.toContain('110123456789');
    expect(simulator.audit()).toMatchObject({ received: 5, executed: 2 });
  });
});

describe('a fault script', () => {
  it.for([
    [null, 'fault: must be an object'],
    [[{ on: 'cancel', fault: 'slow' }, 7], 'faults[1]: must be an object'],
    [{ fault: 'slow' }, 'fault.on: must be one of cancel, token, payment, list, any, webhook'],
    [{ on: 'cancel', fault: 'anwser_lost' }, 'got "anwser_lost"'],
    [{ on: 'cancel', fault: 'slow', delay: 5 }, 'fault.delay: unknown field'],
    [{ on: 'cancel', fault: 'slow', times: 0 }, 'fault.times: must be a whole number from 1'],
    [{ on: 'cancel', fault: 'slow', probability: 0 }, 'fault.probability: must be a number above 0'],
    [{ fault: 'refused', text: 'kcp_8179' }, 'fault.text: must be a text; one that looks like a key'],
    [{ on: 'cancel', fault: 'http_502', applied: 'no' }, 'fault.applied: must be true or false'],
    [{ on: 'cancel', fault: 'answer_lost', applied: false }, 'fault.applied: has no effect on answer_lost'],
    [{ on: 'cancel', fault: 'slow', also: ['http_502'] }, 'fault.also: must be an array of refused'],
    [{ on: 'payment', fault: 'slow', also: ['drop_tag'] }, 'fault.on: must be cancel for drop_tag'],
    [{ fault: 'field_value', value: null }, 'fault.field: must name the field'],
    [{ fault: 'field_value', field: 'a.b.c' }, 'fault.field: must be a field such as'],
  ] as const)('the script %j is refused with "%s"', ([script, message]) => {
    expect(() => parseFaults(script)).toThrow(FaultScriptError);
    expect(() => parseFaults(script)).toThrow(message);
  });
});
