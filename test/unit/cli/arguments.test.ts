import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/refunds.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { type } from './command-line.ts';

describe('wrong arguments', () => {
  it.each([
    ['explian ORD-1', 'Unknown command explian (explain, list, '],
    ['list --tabel x', "Unknown option '--tabel'. See refunds list --help."],
    ['list ORD-1', 'list takes nothing; remove "ORD-1"'],
    ['explain ORD-1 ORD-2', 'explain takes <merchant_uid>; remove "ORD-2"'],
    ['list --table --json', "'--table' argument is ambiguous."],
    ['list --table=', '--table needs a value: --table NAME.'],
    ['list --table x --table y', '--table is given twice.'],
    ['list --table x --url http://127.0.0.1:1', '--table and --url exclude each other: give one of them.'],
    ['list --region ap-northeast-2', '--region needs --table.'],
    ['list --url 127.0.0.1:3000', '--url must be an address such as http://127.0.0.1:3000'],
    ['list --csv --json', '--csv and --json exclude each other'],
    ['list --from yesterday', '--from must be a day of Korea such as 2026-11-25'],
    ['list --from 2026-01-01', '--from must be at most 92 days before to'],
    ['list --status lost', '--status must be open, unknown, cancelled, rejected or not_executed'],
    ['explain', 'explain needs an order number, --imp-uid IMP_UID or --refund-id REFUND_ID'],
    ['explain ORD-1 --refund-id rf_1', '--refund-id names the payment: give it alone'],
    ['explain ORD-1 --table t --orders o --order-attributes {"customer":"x"}', 'must be JSON'],
    ['close ORD-1 --evidence x', 'close needs <merchant_uid> <refund_id>'],
    ['close ORD-1 rf_1 --imp-uid imp_1 --evidence x', 'give the refund_id alone'],
    ['close ORD-1 rf_1 --executed', 'close needs --evidence TEXT'],
    ['close ORD-1 rf_1 --evidence x', 'close needs one verdict: --executed, --not-executed or --undone'],
    ['close ORD-1 rf_1 --executed --undone --evidence x', '--executed and --undone exclude each other'],
    ['close ORD-1 rf_1 --not-executed --undone --evidence x', '--not-executed and --undone exclude each'],
    ['close ORD-1 rf_1 --executed --evidence x', '--executed needs the entries of this refund'],
    ['close ORD-1 rf_1 --executed --unlisted --evidence x', '--unlisted needs --amount'],
    ['close ORD-1 rf_1 --executed --amount 5 --evidence x', '--amount needs --unlisted'],
    ['close ORD-1 rf_1 --undone --unlisted --amount 5 --evidence x', '--unlisted needs --executed'],
    [
      'close O rf --executed --unlisted --amount 5 --entry 1/2 --evidence x',
      '--unlisted and --entry exclude',
    ],
    [
      'close ORD-1 rf_1 --not-executed --cancellation-id C1 --evidence x',
      '--cancellation-id needs --executed',
    ],
    ['close ORD-1 rf_1 --executed --entry 500 --evidence x', '--entry must be Unix seconds and an amount'],
    [
      'close ORD-1 rf_1 --executed --entry 1769871700/5e2 --evidence x',
      '--entry must name an amount such as',
    ],
    [
      'close ORD-1 rf_1 --executed --unlisted --amount all --evidence x',
      '--amount must name an amount such as',
    ],
    ['close ORD-1 rf_1 --undone --evidence x', 'It needs --as SUB (a local run), or --api URL (AWS).'],
    ['close O rf_1 --undone --evidence x --api https://a', '--api needs you to sign in first'],
    ['close O rf_1 --undone --evidence x --api http://a', '--api must be an https address'],
    ['reconcile --from 2026-11-20 --to 2026-11-01', '--from must be before to'],
    ['reconcile --from 2026-08-26', '--from must be at most 90 days before now'],
    ['reconcile --last --from 2026-11-01', '--from and --last exclude each other'],
    ['reconcile --table t', '--table needs --last'],
    ['export', 'export needs --from DAY.'],
    ['acknowledge --note x --as kim', 'acknowledge needs <finding>; reconcile --last names it.'],
    ['sign-in --api https://a --issuer http://i --client-id c', '--issuer must be an https address'],
    ['sign-in --api https://a', 'sign-in needs --issuer URL and --client-id ID'],
    ['sign-in --client-id c', '--client-id needs --api'],
  ])('the arguments "%s" are refused with a hint', async (words, hint) => {
    const { status, err, out } = await type(words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err.replaceAll('\n    ', ' ')).toContain(hint);
  });

  it('an invalid PORT is refused, and the message names PORT', async () => {
    const { status, err } = await type('list', { env: { PORT: 'three' } });
    expect(status).toBe(2);
    expect(err).toBe('PORT must be the number of a local run\'s port, not "three".');
  });
});

describe('the help', () => {
  it.each(COMMANDS)('the help of $name lists its options and exit statuses', async ({ name, options }) => {
    const { status, out } = await type(`${name} --help`);
    expect(status).toBe(0);
    for (const option of Object.keys(options)) expect(out).toContain(`\n  --${option}`);
    expect(out).toMatch(/--json[\s\S]*--help[\s\S]*exit 0 [\s\S]*exit 1 [\s\S]*exit 2 /);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([
    ['', 2],
    ['help', 0],
    ['--help', 0],
    ['-h', 0],
  ])('"refunds %s" lists every command and exits with %d', async (words, expected) => {
    const { status, out } = await type(words);
    expect(status).toBe(expected);
    for (const { name } of COMMANDS) expect(out).toContain(`  ${name} `);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the address of the local run', () => {
  it.each([
    ['list', {}, 'http://127.0.0.1:3000'],
    ['list', { PORT: '' }, 'http://127.0.0.1:3000'],
    ['list', { PORT: '4711' }, 'http://127.0.0.1:4711'],
    ['list --url http://127.0.0.1:9/', { PORT: '4711' }, 'http://127.0.0.1:9'],
  ])('"%s" with %j reads the local run at %s', async (words, env, url) => {
    const asked: string[] = [];
    const localInfo = async (at: string) => {
      asked.push(at);
      return { dynamodb: '', tables: { orders: '', ledger: '' }, region: '' };
    };
    await type(words, { env, ledger: new FakeTable().ledger(), localInfo });
    expect(asked).toEqual([url]);
  });
});
