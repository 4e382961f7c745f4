import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../lib/cli/refunds.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { type } from './command-line.ts';

describe('wrong arguments', () => {
  it.each([
    ['explian ORD-1', 'Unknown command explian; perhaps explain'],
    ['list --tabel x', 'list has no option --tabel; perhaps --table'],
    ['list ORD-1', 'list takes nothing; remove "ORD-1"'],
    ['explain ORD-1 ORD-2', 'explain takes <merchant_uid>; remove "ORD-2"'],
    ['explain', 'explain needs an order number, --imp-uid IMP_UID or --refund-id REFUND_ID'],
    ['list --table', '--table needs a value: --table NAME'],
    ['list --table --json', '--table needs a value'],
    ['list --json --json', '--json is given twice'],
    ['list --json=yes', '--json takes no value'],
    ['list --table x --url http://127.0.0.1:1', 'give one of them'],
    ['list --region ap-northeast-2', '--region belongs to --table'],
    ['list --url 127.0.0.1:3000', 'perhaps http://127.0.0.1:3000'],
    ['explain ORD-1 --orders x', '--orders belongs to --table'],
    ['explain ORD-1 --table t --order-attributes {}', '--order-attributes belongs to --orders'],
    [
      'explain ORD-1 --table t --orders o --order-attributes {"customer":"x"}',
      '--order-attributes must be JSON',
    ],
    ['explain ORD-1 --refund-id rf_1', '--refund-id names the payment: give it alone'],
    ['close ORD-1', 'close needs <merchant_uid> <refund_id>'],
    ['close ORD-1 rf_1 --imp-uid imp_1', 'give the refund_id alone'],
    ['close ORD-1 rf_1 --evidence x', 'close needs one verdict: --executed, --not-executed or --undone'],
    ['close ORD-1 rf_1 --executed --undone --evidence x', 'close needs one verdict'],
    ['close ORD-1 rf_1 --not-executed', 'close needs --evidence TEXT'],
    ['close ORD-1 rf_1 --executed --evidence x', '--executed needs the entries of this refund'],
    ['close ORD-1 rf_1 --executed --unlisted --evidence x', '--unlisted and --amount AMOUNT belong together'],
    ['close ORD-1 rf_1 --executed --amount 5 --evidence x', '--unlisted and --amount AMOUNT belong together'],
    ['close ORD-1 rf_1 --executed --unlisted --amount 5 --cancellation-id C1 --evidence x', 'or --unlisted'],
    ['close ORD-1 rf_1 --not-executed --cancellation-id C1', '--cancellation-id belongs to --executed'],
    ['close ORD-1 rf_1 --executed --entry 500', '--entry must be Unix seconds and an amount'],
    ['close ORD-1 rf_1 --executed --entry 1769871700/5e2', '--entry must name an amount such as 3000'],
    ['close ORD-1 rf_1 --executed --unlisted --amount all', '--amount must name an amount such as 3000'],
    ['close ORD-1 rf_1 --not-executed --evidence x', 'close needs --as SUB'],
    ['close ORD-1 rf_1 --not-executed --evidence x --api https://a', '--api needs you to sign in first'],
    ['close ORD-1 rf_1 --table t', 'close has no option --table'],
    ['reconcile --to 2026-11-01', '--to needs --from'],
    ['reconcile --from yesterday', '--from must be a time such as 2026-11-01'],
    ['reconcile --table t', 'reconcile needs --function'],
    ['reconcile --from 2026-11-20 --to 2026-11-01', '--from must be before --to'],
    ['reconcile --from 2026-11-26', '--from must be before now'],
    ['reconcile --from 2026-11-20 --to 2026-11-26', '--to must not be in the future'],
    ['reconcile --from 2026-08-01', '--from must be at most 90 days before now'],
    ['reconcile --from 2026-01-01 --to 2026-05-01', '--from must be at most 90 days before --to'],
    ['reconcile --last --from 2026-11-01', '--last compares nothing, so it takes no --from'],
    ['export', 'export needs --from DAY.'],
    ['export --from 2026-11-01 --csv --json', '--csv and --json exclude each other: give one of them.'],
    ['export --from 2026-11-01', 'export needs --as SUB (a local run), or --api URL (AWS).'],
    ['export --from 2026-13-01 --as kim', '--from must be a day of Korea'],
    ['list --api https://refunds.shop.example --table T', '--table belongs to a table'],
    ['list --token T', '--token belongs to --api.'],
    ['list --api https://refunds.shop.example', '--api needs you to sign in first'],
    ['list --api https://refunds.shop.example --csv --json', '--csv and --json exclude each other'],
    ['acknowledge --note x --as kim', 'acknowledge needs <finding>; reconcile --last names it.'],
    ['acknowledge fd_1 --as kim', 'acknowledge needs --note TEXT: what has been found out.'],
    ['events', 'events needs --from: the first day whose events are sent again.'],
    ['sign-in --api http://shop.example', '--api must be an https address (http on this machine alone)'],
    [
      'sign-in --api https://a.example --issuer http://i.example --client-id c',
      '--issuer must be an https address',
    ],
    [
      'sign-in --api https://a.example --issuer https://i.example',
      'sign-in needs --issuer URL and --client-id ID',
    ],
    [
      'sign-in --api https://a.example --url http://127.0.0.1:1',
      '--url belongs to a local run, --api to AWS',
    ],
    ['sign-in --client-id c', '--client-id belongs to --api'],
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
