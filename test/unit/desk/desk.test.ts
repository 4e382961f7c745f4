import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { shared } from '../../../functions/http/listed.ts';
import { refundJson } from '../../../functions/http/representation.ts';
import { Report } from '../../../functions/http/reports.ts';
import { DECIDED_BY, type LedgerItem } from '../../../functions/refund/refund.ts';
import type { ListedRefund, Payment, Refund } from '../../../lib/desk/api.ts';
import { deskFiles } from '../../../lib/desk/build.ts';
import { accountFieldsOf } from '../../../lib/desk/fields.ts';
import { daysOf, Totals } from '../../../lib/desk/period.ts';
import { PROBLEMS, problemText } from '../../../lib/desk/problems.ts';
import { happenedTo } from '../../../lib/desk/time-line.ts';
import { WORDS } from '../../../lib/desk/words.ts';
import { WORDS as OF_THE_SHOP } from '../../../lib/lab/shop/words.ts';
import {
  cancelled,
  closedBy,
  elsewhere,
  MORNING_MS,
  proposed,
  QUIET_MS,
  requested,
} from '../../support/ledger-samples.ts';

const HANGUL = /\p{Script=Hangul}/u;

function values(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
}

describe('the words of the staff desk and of the demo shop', () => {
  // These names are written the same way in both.
  const SAME = ['otherLanguage', 'impUid', 'pg', 'acknowledgedBy'];
  const texts = [WORDS, PROBLEMS, OF_THE_SHOP].flatMap((words) => Object.entries(words));
  it.each(texts.filter(([name]) => !SAME.includes(name)))(
    'the text %s is in Korean and English, with the same values',
    (_name, { ko, en }) => {
      expect(ko).toMatch(HANGUL);
      expect(en).not.toMatch(HANGUL);
      expect(values(ko)).toEqual(values(en));
    },
  );

  it.each(Object.keys(PROBLEMS))(
    'the text for %s names no key, field or shop: staff have no use for them',
    (code) => {
      expect(problemText(code)).not.toMatch(/Idempotency-Key|errors|판매자|[a-z]_[a-z]/);
    },
  );

  it('the desk explains a rule or a known refusal in words and shows no code', () => {
    expect(problemText('REFUND_NOT_ALLOWED', { rule: 'danal_vbank' })).toContain('다날');
    const provider = { code: -1, message: '', reason: 'limit_of_the_day' } as const;
    expect(problemText('CANCEL_REJECTED', { provider })).toMatch(/하루 환불 한도.*내일 다시 요청/);
    expect(problemText('A_NEW_CODE', { message: 'its own words' })).toBe('its own words');
  });

  it('every text is used on a page of the desk', () => {
    const desk = path.join(import.meta.dirname, '../../../lib/desk');
    const pages = globSync('*.ts', { cwd: desk })
      .filter((file) => !file.startsWith('words'))
      .map((file) => readFileSync(path.join(desk, file), 'utf8'))
      .join('\n');
    const families = [...pages.matchAll(/nameOf\('(\w+)'|say\(`([a-z]+)_\$/g)].map(([, a, b]) => a ?? b);
    const names = Object.keys(WORDS);
    const isSaid = (name: string) => pages.includes(`'${name}'`) || families.includes(name.split('_')[0]);
    expect(names.filter((name) => !isSaid(name))).toEqual([]);
  });
});

describe('a value of the service', () => {
  it.each([
    ...shared.status.pipe[0].options.map((status) => `status_${status}`),
    ...shared.actor.pipe[0].wrapped.options.map((actor) => `actor_${actor}`),
    ...DECIDED_BY.map((by) => `decided_${by}`),
    ...Report.entries.window.options.map((window) => `window_${window}`),
  ])('the desk has words for the value %s', (name) => {
    expect(WORDS).toHaveProperty(name);
  });
});

describe('the files of the staff desk', () => {
  const files = new Map([...deskFiles()].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));

  it('the desk has a page, a script and a style sheet, and the page loads nothing else', () => {
    expect([...files.keys()].toSorted()).toEqual(['desk.css', 'desk.js', 'index.html']);
    const asked = [...(files.get('index.html') ?? '').matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, file]) => file,
    );
    expect(asked).toEqual(['data:,', 'desk.css', 'desk.js']);
    expect(files.get('desk.css')).not.toMatch(/@import|url\((?!["']?data:)/);
  });

  it('the content security policy allows only the desk’s files, the API and the sign-in', () => {
    const [, policy] = /content="(default-src[^"]+)"/.exec(files.get('index.html') ?? '') ?? [];
    expect(policy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' __CONNECT_SRC__; form-action 'none'; base-uri 'none'",
    );
  });
});

describe('a period of the list', () => {
  // 1 March 2027, 00:30 in Korea: still February in London.
  const at = { from: '', to: '', nowMs: Date.parse('2027-02-28T15:30:00Z') };
  it.each([
    ['today', '2027-03-01', '2027-03-01'],
    ['yesterday', '2027-02-28', '2027-02-28'],
    ['week', '2027-02-23', '2027-03-01'],
    ['month', '2027-03-01', '2027-03-01'],
    ['last-month', '2027-02-01', '2027-02-28'],
    ['range', '2027-03-01', '2027-03-01'],
  ])('the period %s is counted in Korean days', (period, from, to) => {
    expect(daysOf(period, at)).toEqual({ from, to });
  });

  it('totals are by status and currency, are exact, and count undone cancels separately', () => {
    const row = { status: 'cancelled', currency: 'USD', amount: 0.1 } as ListedRefund;
    const totals = new Totals();
    totals.add([
      row,
      { ...row, amount: 0.2 },
      { ...row, amount: 9, executed_amount: 0.3 },
      { ...row, undone: true },
    ]);
    totals.add([{ ...row, status: 'unknown', currency: 'KRW', amount: 1_000 }]);
    expect(totals.all()).toEqual([
      { status: 'cancelled', currency: 'USD', count: 3, amount: 0.6 },
      { status: 'unknown', currency: 'KRW', count: 1, amount: 1_000 },
      { status: 'undone', currency: 'USD', count: 1, amount: 0.1 },
    ]);
  });
});

describe('an account', () => {
  const FIRST_MS = Date.parse('2027-03-01T00:00:00+09:00');
  const HOLDER = ['refund_bank', 'refund_account', 'refund_holder'];
  it.each([
    ['vbank', 'tosspayments', 0, HOLDER],
    ['vbank', 'smartro_v2', 0, [...HOLDER, 'refund_tel']],
    ['trans', 'welcome', 0, [...HOLDER, 'refund_tel']],
    ['trans', 'kcp', 0, []],
    ['phone', 'kcp', 0, []],
    ['phone', 'kcp', 1, HOLDER],
    ['card', 'kcp', 0, []],
  ])(
    'the account fields for %s at %s, %i month(s) later, follow the rules of the PG',
    (method, pg, months, fields) => {
      const payment = { pay_method: method, pg_provider: pg, paid_at: FIRST_MS / 1_000 } as Payment;
      expect(accountFieldsOf(payment, [], FIRST_MS + months * 31 * 86_400_000)).toEqual(fields);
      expect(accountFieldsOf(payment, ['refund_tel'], FIRST_MS)).toContain('refund_tel');
    },
  );
});

describe('a time line', () => {
  const staff = { kind: 'staff', sub: 's' } as const;
  const viewer = { actor: staff, nowMs: MORNING_MS, quietPeriodMs: QUIET_MS };
  /** What the desk says of an item, with the seconds since it was requested. */
  const told = (item: LedgerItem) =>
    happenedTo(refundJson(item, {}, viewer) as Refund).map(({ at, text, who }) => [
      at - MORNING_MS / 1_000,
      text,
      who,
    ]);

  it('the time line shows who asked, proposed and agreed and what decided, and escapes the names', () => {
    const { approval } = closedBy({ verdict: 'undone' });
    const said = { verdict: 'executed', entries: [] } as const;
    const closing = { proposal: proposed({ said, by: { sub: 'a', person: 'ann\u202E' } }), approval };
    expect(told(cancelled({ actor: staff, decidedBy: 'people', closing }))).toEqual([
      [0, '환불을 요청했습니다.', '담당자'],
      [1, '환불되었습니다.', '두 사람이 종결'],
      [60, 'ann\\u202e: 종결을 제안했습니다(처리됨).', ''],
      [120, 'Lee: 동의하여 종결했습니다(처리됨).', ''],
    ]);
  });

  it('the time line shows a cancel made elsewhere as such, and a refund in doubt without an end', () => {
    expect(told(elsewhere()).map(([, text]) => text)).toEqual(['이 서비스 밖에서 취소되었습니다.']);
    const doubt = ['환불을 요청했습니다.', '결과를 아직 모릅니다.'];
    expect(told(requested()).map(([, text]) => text)).toEqual(doubt);
  });
});
