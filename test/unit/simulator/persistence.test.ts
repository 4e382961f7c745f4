import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
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
  it('a restart keeps payments and pending cancels, without bank accounts, in a file that only its owner can read', async () => {
    const first = await simulate({ directory });
    first.paid({ pay_method: 'vbank' });
    first.paid({ imp_uid: 'imp_2', currency: 'USD', amount: 14.2 });
    const account = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
    await first.cancel({ ...CANCEL, ...account });
    first.simulator.script({ fault: 'asynchronous' });
    await first.cancel({ ...CANCEL, ...account });
    const before = first.simulator.payments();
    await first.simulator.end();
    const { simulator } = await simulate({ directory });
    expect(simulator.payments()).toEqual(before);
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readFileSync(journal, 'utf8')).not.toContain('110123456789');
    expect([statSync(journal).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o600, 0o700]);
    await simulator.advance(MINUTE_MS);
    expect(simulator.payment('imp_1')).toMatchObject({ cancel_amount: 6000 });
  });

  it('a simulator killed right after an answer still knows the answered cancel', async () => {
    const simulator = new URL('../../../lib/lab/simulator/simulator.ts', import.meta.url);
    const source = `import { startIamportSimulator } from '${simulator.href}';
      const options = { impKey: 'key', impSecret: 'secret', directory: process.argv[1] };
      const { url, addPayment } = await startIamportSimulator(options);
      addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000 });
      console.log(url);`;
    const run = ['--input-type=module', '-e', source, directory];
    const child = spawn(process.execPath, run, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const authorization = (await getToken(url)).response.access_token;
    expect((await post(`${url}/payments/cancel`, CANCEL, { authorization })).code).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const second = await simulate({ directory });
    expect(second.simulator.payment('imp_1')).toMatchObject({ cancel_amount: 3000, cancel_history: [{}] });
  });
});
