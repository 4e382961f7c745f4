import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { getToken, MINUTE_MS, post, simulate } from './support.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'iamport-simulator-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const JOURNAL = 'iamport-payments.jsonl';

describe('a simulator with a directory', () => {
  it('holds the same payments and the same history after a restart', async () => {
    const directory = temporaryDirectory();
    const first = await simulate({ directory });
    first.paid();
    first.paid({ imp_uid: 'imp_2', merchant_uid: 'order-2', currency: 'USD', amount: 14.2 });
    await first.cancel({ imp_uid: 'imp_1', amount: 3000, reason: 'tag-1' });
    await first.cancel({ imp_uid: 'imp_2', amount: 0.1 });
    const before = first.simulator.payments();
    await first.simulator.end();
    const second = await simulate({ directory });
    expect(second.simulator.payments()).toEqual(before);
  });

  it('killed right after its answer, it knows the cancel it has answered', async () => {
    const directory = temporaryDirectory();
    const script = join(import.meta.dirname, 'simulator-process.ts');
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { response } = await getToken(url);
    const authorization = response.access_token;
    expect(
      (await post(`${url}/payments/cancel`, { imp_uid: 'imp_1', amount: 3000 }, { authorization })).code,
    ).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { simulator } = await simulate({ directory });
    expect(simulator.payment('imp_1')).toMatchObject({
      cancel_amount: 3000,
      cancel_history: [{ amount: 3000 }],
    });
  });

  it('killed while it wrote, it starts with what was whole, and goes on writing', async () => {
    const directory = temporaryDirectory();
    const first = await simulate({ directory });
    first.paid();
    await first.simulator.end();
    appendFileSync(join(directory, JOURNAL), '{"impUid":"imp_1","amount":10');
    const second = await simulate({ directory });
    expect(second.simulator.payment('imp_1')?.cancel_amount).toBe(0);
    await second.cancel({ imp_uid: 'imp_1', amount: 3000 });
    await second.simulator.end();
    const third = await simulate({ directory });
    expect(third.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('what an asynchronous PG had accepted is booked after the restart', async () => {
    const directory = temporaryDirectory();
    const first = await simulate({ directory });
    first.paid({ pg_provider: 'paypal_v2' });
    await first.cancel({ imp_uid: 'imp_1', amount: 3000 });
    await first.simulator.end();
    const second = await simulate({ directory });
    expect(second.simulator.payment('imp_1')?.cancel_amount).toBe(0);
    await second.simulator.advance(MINUTE_MS);
    expect(second.simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('what was hidden or is to be undone comes to light, or is undone, after the restart', async () => {
    const directory = temporaryDirectory();
    const first = await simulate({ directory });
    first.paid();
    first.simulator.script([
      { fault: 'unlisted', delay_ms: MINUTE_MS },
      { fault: 'undone', delay_ms: MINUTE_MS, for_ms: MINUTE_MS },
    ]);
    await first.cancel({ imp_uid: 'imp_1', amount: 3000, reason: 'hidden' });
    await first.cancel({ imp_uid: 'imp_1', amount: 2000, reason: 'undone' });
    await first.simulator.end();
    const second = await simulate({ directory });
    const seen = (): unknown => second.simulator.payment('imp_1');
    expect(seen()).toMatchObject({ cancel_amount: 5000, cancel_history: [{ reason: 'undone' }] });
    await second.simulator.advance(MINUTE_MS);
    expect(seen()).toMatchObject({ cancel_amount: 3000, cancel_history: [{ reason: 'hidden' }] });
    await second.simulator.advance(MINUTE_MS);
    expect(seen()).toMatchObject({
      cancel_amount: 5000,
      cancel_history: [{ reason: 'hidden' }, { reason: 'undone' }],
    });
  });

  it('a file that is not its own is refused, with its name, and left as it is', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, JOURNAL);
    writeFileSync(path, '{"somebody":"else"}\n');
    await expect(simulate({ directory })).rejects.toThrow(`${path}: line 1 is not a payment`);
    expect(readFileSync(path, 'utf8')).toBe('{"somebody":"else"}\n');
  });

  it('keeps no bank account', async () => {
    const directory = temporaryDirectory();
    const { cancel, paid } = await simulate({ directory });
    paid({ pay_method: 'vbank' });
    const account = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
    expect((await cancel({ imp_uid: 'imp_1', ...account })).code).toBe(0);
    expect(readFileSync(join(directory, JOURNAL), 'utf8')).not.toContain('110123456789');
  });
});

describe('the record of requests', () => {
  it('says what came in and what became of it, and does not grow for ever', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    await get('/payments/imp_1');
    expect(
      simulator.requests.map(({ method, path, outcome, code }) => [method, path, outcome, code]),
    ).toEqual([
      ['POST', '/users/getToken', 'answered', 0],
      ['GET', '/payments/imp_1', 'answered', 0],
    ]);
    await Promise.all(Array.from({ length: 1010 }, () => get('/payments/imp_1')));
    expect(simulator.requests).toHaveLength(1000);
  });
});
