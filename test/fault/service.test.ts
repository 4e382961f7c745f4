import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sentCancels, startService, type Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

describe('the whole service without gateway and Lambda', () => {
  it('a request that was lost: told as unknown, ended as not executed by two looks, never sent again', async () => {
    await service.order('lost', { pg_provider: 'kcp' });
    service.simulator.script({ on: 'cancel', fault: 'request_lost', imp_uid: 'imp_lost' });
    const body = { merchant_uid: 'lost', cancel_request_amount: 3_000 };
    expect((await service.cancel(body, { key: 'k' })).status).toBe(202);
    for (const minutes of [1, 2]) await service.resolve(minutes * 60_000);
    expect(await service.refunds('lost')).toMatchObject([{ status: 'not_executed' }]);
    const again = await service.cancel(body, { key: 'k' });
    expect(again).toMatchObject({ status: 422, body: { code: 'NOT_EXECUTED' } });
    expect(sentCancels(service.simulator, 'lost')).toHaveLength(1);
    expect((await service.cancel(body, { key: 'new' })).status).toBe(200);
    expect(service.simulator.payment('imp_lost')?.cancel_amount).toBe(3_000);
  });

  it('a rotated secret works without a new deployment', async () => {
    await service.order('rotated');
    service.rotateSecret('key-2', 'SECRET-MARK-2');
    expect((await service.cancel({ merchant_uid: 'rotated' })).status).toBe(200);
  });

  it('personal data and secrets are in no log, no answer and no ended refund, on any path', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const marks = {
      refund_holder: '홀더마크',
      refund_bank: '88',
      refund_account: '11099988877',
      refund_tel: '01055566677',
    };
    const text = `${marks.refund_holder} ${marks.refund_account} ${marks.refund_tel}`;
    const answers: unknown[] = [];
    for (const fault of ['answer_lost', 'refused', 'http_502', 'unauthorized', undefined] as const) {
      const name = `private-${fault ?? 'fine'}`;
      await service.order(name, { pay_method: 'vbank', pg_provider: 'html5_inicis' });
      if (fault !== undefined) {
        const quoting = fault === 'refused' ? { text } : {};
        service.simulator.script({ on: 'cancel', fault, imp_uid: `imp_${name}`, ...quoting });
      }
      answers.push((await service.cancel({ merchant_uid: name, cancel_request_amount: 100, ...marks })).body);
      await service.resolve();
      answers.push((await service.get(name)).body, await service.refunds(name));
    }
    const tooLong = {
      merchant_uid: 'private-fine',
      refund_account: `${marks.refund_account}${'9'.repeat(20)}`,
    };
    answers.push((await service.cancel(tooLong)).body);
    spy.mockRestore();
    expect(lines.length).toBeGreaterThan(10);
    const everything = [...lines, JSON.stringify(answers)].join('\n');
    const { refund_holder: holder, refund_account: account, refund_tel: telephone } = marks;
    for (const mark of [holder, account, telephone, 'SECRET-MARK', 'Bearer '])
      expect(everything).not.toContain(mark);
  });
});

type Way = (name: string) => ReturnType<Service['cancel']>;

/** A new one for each request: the limit of look-ups a minute would end them before the provider is asked. */
let strangers = 0;
const stranger = () => ({ sub: `stranger-${(strangers += 1)}` });

/** The requests that a stranger may make about an order, by its name. */
const WAYS: readonly (readonly [what: string, way: Way])[] = [
  ['cancel by order number', async (name) => service.cancel({ merchant_uid: name }, stranger())],
  ['cancel by imp_uid', async (name) => service.cancel({ imp_uid: `imp_${name}` }, stranger())],
  ['read', async (name) => service.get(name, stranger())],
];

/** An order of somebody else, and two orders whose payment at i'mport is unreadable. */
const THEIRS = ['theirs', 'unreadable', 'nameless'];

describe('an unknown order and somebody else’s', () => {
  beforeAll(async () => {
    await service.order('theirs');
    const { simulator } = service;
    simulator.addPayment({
      imp_uid: 'imp_unreadable',
      merchant_uid: 'unreadable',
      amount: 1,
      currency: 'XBT',
    });
    simulator.addPayment({ imp_uid: 'imp_nameless', merchant_uid: 'nameless', amount: 1 });
    for (const name of ['unreadable', 'nameless']) await service.putOrder(name);
    const fault = { on: 'payment', fault: 'field_value', field: 'imp_uid', value: null } as const;
    simulator.script([{ ...fault, imp_uid: 'imp_nameless', until_cleared: true }]);
  });

  /** The answer, and the requests to table and provider that one request caused. They determine its duration. */
  async function ask(way: Way, name: string) {
    const { actions, simulator } = service;
    const before = [actions.length, simulator.requests.length] as const;
    const answer = await way(name);
    const sent = simulator.requests.slice(before[1]).map(({ method, path }) => `${method} ${path}`);
    return {
      answer,
      requests: [...actions.slice(before[0]), ...sent].map((each) => each.replaceAll(name, '…')),
    };
  }

  it.each(WAYS.flatMap(([what, way]) => THEIRS.map((name) => [what, name, way] as const)))(
    '%s: both have the same answer, after the same requests in the same order: %s',
    async (_what, name, way) => {
      // The very first look-up may fetch a token, later ones do not.
      await ask(way, 'unknown');
      const unknown = await ask(way, 'unknown');
      expect(unknown.answer.status).toBe(404);
      expect(unknown.requests.length).toBeGreaterThan(0);
      expect(await ask(way, name)).toEqual(unknown);
    },
  );
});
