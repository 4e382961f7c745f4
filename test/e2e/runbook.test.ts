import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { readPaper, refundsCommandsIn } from '../support/papers.ts';
import { type } from '../unit/cli/command-line.ts';

/** A refund is in drift after five quiet periods. */
const QUIET_SECONDS = 1;
const ORDER = 'ORD-1';
const IMP_UID = 'imp_123456789012';

let service: TestRun;
let refundId: string;
beforeAll(async () => {
  service = await startTestRun({ quietPeriodSeconds: QUIET_SECONDS });
  const payment = { imp_uid: IMP_UID, merchant_uid: ORDER, amount: 10_000, customer_id: 'customer-1' };
  await service.call('POST', '/_local/payments', { body: payment });
  await service.call('POST', '/_local/faults', {
    body: { on: 'cancel', fault: 'asynchronous', delay_ms: 86_400_000 },
  });
  const headers = { authorization: await service.signIn({ sub: 'customer-1' }) };
  const body = { merchant_uid: ORDER, cancel_request_amount: 2_000 };
  const answer = await service.call('POST', '/payments/cancel', { body, headers });
  refundId = (answer.body['refund'] as { refund_id: string }).refund_id;
});
afterAll(async () => service.end());

const COMMANDS = [...new Set(refundsCommandsIn(readPaper('lib/stack/RUNBOOK.md')))];

/** The command with the stack's outputs and the refund replaced by those of this run. */
function here(command: string): string {
  return command
    .replaceAll('--table "$TABLE"', `--url ${service.url}`)
    .replaceAll('"$API"', service.url)
    .replace(/rf_[0-9a-z]{24}/, refundId);
}

async function as(sub: string): Promise<Readonly<Record<string, string>>> {
  const token = await service.signIn({ sub, groups: ['refund-staff'] });
  return { REFUNDS_TOKEN: token.replace('Bearer ', '') };
}

describe('the commands of the runbook', () => {
  const reading = COMMANDS.filter((command) => /^(list|explain|reconcile --last)/.test(command));
  it.each(reading)('the runbook command works: %s', async (command) => {
    const { status, out, err } = await type(here(command), { nowMs: Date.now });
    expect(err).toBe('');
    expect(status).toBeLessThan(2);
    expect(out).toContain(command.startsWith('reconcile') ? 'No comparison' : refundId);
  });

  it('the runbook’s close command, run by two people, closes a refund in drift', async () => {
    const command = COMMANDS.find((each) => each.includes('--not-executed')) ?? '';
    const said = async (sub: string) => type(here(command), { env: await as(sub) });
    await expect.poll(async () => (await said('staff-1')).out, { interval: 1_000 }).toContain('proposed');
    expect((await said('staff-2')).out).toBe(`${refundId}: closed.`);
    const drained = COMMANDS.find((each) => each.startsWith('drain')) ?? '';
    expect((await type(here(drained))).out).toBe('Nothing is in doubt.');
  });
});
