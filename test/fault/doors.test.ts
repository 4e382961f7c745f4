import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Payment } from '../../functions/refund/payment.ts';
import { sentCancels, startService, type Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

describe("somebody else's order", () => {
  it("somebody else's order gets exactly the answer of an unknown one, after the same requests to the provider", async () => {
    await service.order('theirs', {}, { customer_id: 'somebody-else' });
    const before = service.simulator.requests.length;
    const theirs = await service.cancel({ merchant_uid: 'theirs' });
    const between = service.simulator.requests.length;
    const unknown = await service.cancel({ merchant_uid: 'nowhere' });
    expect(theirs).toEqual(unknown);
    expect(theirs).toMatchObject({ status: 404, body: { code: 'PAYMENT_NOT_FOUND' } });
    expect(between - before).toBeGreaterThan(0);
    expect(await service.get('theirs')).toEqual(await service.get('nowhere'));
    expect(sentCancels(service.simulator, 'theirs')).toEqual([]);
  });

  it("staff may refund somebody else's order; a body that only claims to be staff may not", async () => {
    await service.order('theirs-2', {}, { customer_id: 'somebody-else' });
    expect((await service.cancel({ merchant_uid: 'theirs-2', scope: 'payments/cancel.any' })).status).toBe(
      400,
    );
    expect(
      (await service.cancel({ merchant_uid: 'theirs-2' }, { sub: 'staff', groups: '[refund-staff]' })).status,
    ).toBe(200);
  });
});

describe('the payment named by imp_uid', () => {
  it('imp_uid wins over merchant_uid, and a wrong imp_uid fails whatever merchant_uid says', async () => {
    await service.order('one');
    await service.order('two');
    expect((await service.cancel({ imp_uid: 'imp_nope', merchant_uid: 'one' })).status).toBe(404);
    expect(
      await service.cancel({ imp_uid: 'imp_two', merchant_uid: 'one', cancel_request_amount: 1 }),
    ).toMatchObject({ body: { merchant_uid: 'two' } });
  });
});

describe('a payment that the table lacks', () => {
  it("a payment that the table lacks is read from i'mport once, and refunded for the customer in custom_data", async () => {
    service.simulator.addPayment({
      imp_uid: 'imp_new',
      merchant_uid: 'new',
      amount: 5_000,
      custom_data: JSON.stringify({ customer_id: 'customer' }),
    });
    expect((await service.cancel({ merchant_uid: 'new' }, { sub: 'stranger' })).status).toBe(404);
    expect(await service.cancel({ merchant_uid: 'new' })).toMatchObject({
      status: 200,
      body: { cancel_amount: 5_000 },
    });
  });
});

/** A webhook itself stores only when it last caused a look. */
function withoutPace(payment: Payment | undefined) {
  const { lookedAtMs, ...rest } = payment ?? {};
  expect(lookedAtMs).toBeGreaterThan(0);
  return rest;
}

describe('the webhook', () => {
  const hint = (name: string) => ({ imp_uid: `imp_${name}`, merchant_uid: name, status: 'paid' });

  it('a webhook imports a payment, as JSON or as a form, however often it comes', async () => {
    service.simulator.addPayment({
      imp_uid: 'imp_hook',
      merchant_uid: 'hook',
      amount: 5_000,
      custom_data: '{"customer_id":"customer"}',
    });
    const form = new URLSearchParams(hint('hook')).toString();
    expect((await service.webhook(form, undefined, 'application/x-www-form-urlencoded')).status).toBe(200);
    const payment = await service.payment('hook');
    expect(payment).toMatchObject({
      impUid: 'imp_hook',
      amount: 5_000,
      customerId: 'customer',
      status: 'paid',
    });
    expect((await service.webhook(JSON.stringify(hint('hook')))).status).toBe(200);
    expect(withoutPace(await service.payment('hook'))).toEqual(withoutPace(payment));
  });

  it('a webhook books a cancel made in the console', async () => {
    await service.order('booked');
    await service.simulator.consoleCancel({ imp_uid: 'imp_booked', amount: 2_500 });
    await service.webhook(JSON.stringify(hint('booked')));
    expect(await service.payment('booked')).toMatchObject({ cancelAmount: 2_500, status: 'cancelled' });
    expect(await service.refunds('booked')).toMatchObject([{ status: 'elsewhere', amount: 2_500 }]);
  });

  it('a false webhook changes nothing', async () => {
    await service.order('lied');
    const before = await service.payment('lied');
    await service.webhook(JSON.stringify({ ...hint('lied'), status: 'cancelled', cancel_amount: 10_000 }));
    expect(withoutPace(await service.payment('lied'))).toEqual(withoutPace(before));
    expect((await service.webhook(JSON.stringify({ imp_uid: 'imp_made_up' }))).status).toBe(200);
    expect(await service.world.ledger.orderOf('imp_made_up')).toBeUndefined();
  });

  it('a webhook settles a refund in doubt', async () => {
    await service.order('doubt');
    service.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: 'imp_doubt' });
    await service.cancel({ merchant_uid: 'doubt', cancel_request_amount: 100 });
    await service.webhook(JSON.stringify(hint('doubt')));
    expect(await service.refunds('doubt')).toMatchObject([{ status: 'cancelled' }]);
  });

  it("a webhook is accepted only from the provider's addresses, and refused when it is invalid", async () => {
    expect((await service.webhook('{}', '203.0.113.9')).status).toBe(403);
    expect((await service.webhook('nonsense')).status).toBe(400);
  });
});

describe('fifty partial refunds of 2,000 at once on 10,000', () => {
  it('fifty refunds at once cancel 10,000 at most, and every caller is told the true result', async () => {
    await service.order('many');
    const told = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        service.cancel({ merchant_uid: 'many', cancel_request_amount: 2_000 }, { key: `k${index}` }),
      ),
    );
    const cancelled = told.filter(({ status }) => status === 200);
    expect(service.simulator.payment('imp_many')?.cancel_amount).toBe(cancelled.length * 2_000);
    expect(cancelled.length).toBeGreaterThan(0);
    expect(told.filter(({ status }) => ![200, 400, 409, 429].includes(status))).toEqual([]);
  });
});

/** Several times what one resolver handles at once. */
const BACKLOG = 60;

describe('a backlog of refunds in doubt', () => {
  it('three concurrent resolvers clear the backlog in one run, and no refund is sent twice', async () => {
    const names = Array.from({ length: BACKLOG }, (_, index) => `backlog-${index}`);
    for (const name of names) await service.order(name);
    service.simulator.script({ on: 'cancel', fault: 'answer_lost', times: BACKLOG });
    for (const name of names)
      expect((await service.cancel({ merchant_uid: name, cancel_request_amount: 100 })).status).toBe(202);
    const runs = await Promise.all([service.resolve(), service.resolve(), service.resolve()]);
    const settled = runs.reduce((sum, { outcomes }) => sum + (outcomes.settled ?? 0), 0);
    expect(settled).toBeGreaterThanOrEqual(BACKLOG);
    for (const name of names) expect(service.simulator.payment(`imp_${name}`)?.cancel_amount).toBe(100);
    expect((await service.resolve()).inDoubt.count).toBe(0);
  });

  it('the backlog is left for the next run when the time is up', async () => {
    await service.order('slow');
    service.simulator.script([
      { on: 'cancel', fault: 'answer_lost', imp_uid: 'imp_slow' },
      { on: 'payment', fault: 'slow', delay_ms: 300, imp_uid: 'imp_slow' },
    ]);
    await service.cancel({ merchant_uid: 'slow', cancel_request_amount: 100 });
    expect(await service.resolve(0)).toMatchObject({ drained: false });
    expect((await service.resolve()).inDoubt.count).toBe(0);
  });
});

describe('personal data and secrets', () => {
  it('personal data and secrets are in no log, no answer and no ended refund, on any path', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const marks = {
      refund_holder: '홀더마크',
      refund_bank: '88',
      refund_account: '11099988877',
      refund_tel: '01055566677',
    };
    const quoting = `${marks.refund_holder} ${marks.refund_account} ${marks.refund_tel}`;
    const answers: string[] = [];
    for (const fault of ['answer_lost', 'refused', 'http_502', 'unauthorized', undefined] as const) {
      const name = `private-${fault ?? 'fine'}`;
      await service.order(name, { pay_method: 'vbank', pg_provider: 'html5_inicis' });
      if (fault !== undefined)
        service.simulator.script({
          on: 'cancel',
          fault,
          imp_uid: `imp_${name}`,
          ...(fault === 'refused' ? { text: quoting } : {}),
        });
      answers.push((await service.cancel({ merchant_uid: name, cancel_request_amount: 100, ...marks })).text);
      await service.resolve();
      answers.push(
        (await service.get(name)).text,
        JSON.stringify(await service.world.ledger.allRefunds({ merchantUid: name, impUid: `imp_${name}` })),
      );
    }
    answers.push(
      (
        await service.cancel({
          merchant_uid: 'private-fine',
          refund_account: `${marks.refund_account}${'9'.repeat(20)}`,
        })
      ).text,
    );
    spy.mockRestore();
    expect(lines.length).toBeGreaterThan(10);
    const everything = [...lines, ...answers].join('\n');
    for (const mark of [
      marks.refund_holder,
      marks.refund_account,
      marks.refund_tel,
      'SECRET-MARK',
      'Bearer ',
    ])
      expect(everything).not.toContain(mark);
  });
});
