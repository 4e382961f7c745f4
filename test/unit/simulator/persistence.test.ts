import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { getToken, MINUTE_MS, post, simulate } from './support.ts';

let directory: string;
let journal: string;
beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), 'iamport-simulator-'));
  directory = join(made, 'kept');
  journal = join(directory, 'iamport-payments.jsonl');
  return () => rmSync(made, { recursive: true });
});

const CANCEL = { imp_uid: 'imp_1', amount: 3000, reason: 'tag-1' };

describe('a simulator with a directory', () => {
  it('a restart keeps payments and history, in a file with one line per payment that only its owner can read', async () => {
    const first = await simulate({ directory });
    first.paid();
    first.paid({ imp_uid: 'imp_2', merchant_uid: 'order-2', currency: 'USD', amount: 14.2 });
    await first.cancel(CANCEL);
    await first.cancel({ imp_uid: 'imp_2', amount: 0.1 });
    const before = first.simulator.payments();
    await first.simulator.end();
    const second = await simulate({ directory });
    expect(second.simulator.payments()).toEqual(before);
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(2);
    expect([statSync(journal).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('a simulator killed right after an answer still knows the answered cancel', async () => {
    const script = join(import.meta.dirname, 'simulator-process.ts');
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const authorization = (await getToken(url)).response.access_token;
    expect((await post(`${url}/payments/cancel`, CANCEL, { authorization })).code).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { simulator } = await simulate({ directory });
    expect(simulator.payment('imp_1')).toMatchObject({
      cancel_amount: 3000,
      cancel_history: [{ amount: 3000 }],
    });
  });

  it('a simulator killed during a write starts with the complete lines and continues writing', async () => {
    const first = await simulate({ directory });
    first.paid();
    await first.simulator.end();
    appendFileSync(journal, '{"impUid":"imp_1","amount":10');
    const second = await simulate({ directory });
    expect(second.simulator.payment('imp_1')?.cancel_amount).toBe(0);
    await second.cancel(CANCEL);
    await second.simulator.end();
    const third = await simulate({ directory });
    expect(third.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('a restart keeps pending cancels: accepted ones are booked, hidden entries appear, and scheduled undos happen', async () => {
    const first = await simulate({ directory });
    first.paid();
    first.simulator.script([
      { fault: 'unlisted', delay_ms: MINUTE_MS },
      { fault: 'undone', delay_ms: MINUTE_MS, for_ms: MINUTE_MS },
      { fault: 'asynchronous', delay_ms: MINUTE_MS },
    ]);
    await first.cancel({ ...CANCEL, reason: 'hidden' });
    await first.cancel({ ...CANCEL, amount: 2000, reason: 'undone' });
    await first.cancel({ ...CANCEL, amount: 100, reason: 'later' });
    await first.simulator.end();
    const { simulator } = await simulate({ directory });
    const seen = (): readonly [unknown, unknown] => {
      const payment = simulator.payment('imp_1');
      return [payment?.cancel_amount, payment?.cancel_history.map(({ reason }) => reason)];
    };
    expect(seen()).toEqual([5000, ['undone']]);
    await simulator.advance(MINUTE_MS);
    expect(seen()).toEqual([3100, ['hidden', 'later']]);
    await simulator.advance(MINUTE_MS);
    expect(seen()).toEqual([5100, ['hidden', 'undone', 'later']]);
  });

  it('the simulator refuses a foreign file by its name and does not change it', async () => {
    await (await simulate({ directory })).simulator.end();
    writeFileSync(journal, '{"somebody":"else"}\n');
    await expect(simulate({ directory })).rejects.toThrow(`${journal}: line 1 is not a payment`);
    expect(readFileSync(journal, 'utf8')).toBe('{"somebody":"else"}\n');
  });

  it('the simulator does not store bank accounts', async () => {
    const { cancel, paid } = await simulate({ directory });
    paid({ pay_method: 'vbank' });
    const account = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
    expect((await cancel({ imp_uid: 'imp_1', ...account })).code).toBe(0);
    expect(readFileSync(journal, 'utf8')).not.toContain('110123456789');
  });
});

describe('the record of requests', () => {
  it('the record holds the last 1,000 requests with their outcome, and the audit keeps all cancels', async () => {
    const { simulator, cancel, get, paid } = await simulate();
    paid();
    await cancel(CANCEL);
    const told = simulator.requests.map(({ method, path, outcome, code }) => [method, path, outcome, code]);
    expect(told).toEqual([
      ['POST', '/users/getToken', 'answered', 0],
      ['POST', '/payments/cancel', 'applied', 0],
    ]);
    for (let count = 0; count < 1_005; count += 1) await get('/payments/imp_1');
    expect(simulator.requests).toHaveLength(1_000);
    expect(simulator.requests.some(({ path }) => path === '/payments/cancel')).toBe(false);
    expect(simulator.audit('tag-1').executed).toBe(1);
  });
});

describe('thousands of payments', () => {
  it('500 concurrent cancels by order number are all executed', async () => {
    const { simulator, cancel, paid, token } = await simulate();
    for (let number = 0; number < 5_000; number += 1)
      paid({ imp_uid: `imp_${number}`, merchant_uid: `order-${number}` });
    await token();
    const numbers = Array.from({ length: 500 }, (_, index) => index * 10);
    const asked = numbers.map((number) => cancel({ merchant_uid: `order-${number}`, amount: 1 }));
    expect(new Set((await Promise.all(asked)).map(({ code }) => code))).toEqual(new Set([0]));
    expect(simulator.payments().filter(({ status }) => status === 'cancelled')).toHaveLength(500);
  });
});
