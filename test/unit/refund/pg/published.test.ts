import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../../functions/iamport/wire.ts';
import type { Minor } from '../../../../functions/refund/money.ts';
import { cancelsLater } from '../../../../functions/refund/pg/families.ts';
import { paidBackBy } from '../../../../functions/refund/pg/families.ts';
import {
  ALL_RULES,
  SPEC,
  type Rule,
  type SwitchableRule,
  type When,
} from '../../../../functions/refund/pg/rules.ts';
import { korea } from './cases.ts';
import { Copy, factsOf, type Fact } from './published.ts';

const text = readFileSync(new URL('v1-cancel-per-pg.json', import.meta.url), 'utf8');
const { facts } = v.parse(Copy, JSON.parse(text));

interface Claim {
  readonly about: RegExp;
  readonly says: RegExp;
  /** Our rules that implement the statement at its PG. */
  readonly rules?: readonly SwitchableRule[];
  /** What we do instead of a rule; it must be true. */
  readonly held?: (pg: string) => boolean;
  /** The figures of the statement, compared with ours. */
  readonly figures?: (rule: When) => readonly number[] | undefined;
}

const NO_SUBJECT = (): boolean => true;
const call = { impUid: 'i', currency: 'KRW', amount: 1 as Minor, checksum: 1 as Minor, refundId: 'rf_1' };
const sentTo = (pgProvider: string) =>
  cancelBody({ ...call, pgProvider, passedOn: {}, requester: 'admin', reason: 'size' });
const isLater = (pgProvider: string, payMethod: string) => cancelsLater({ pgProvider, payMethod }, new Set());
/** 1 July 2026 is a Wednesday; seven business days end within ten days. */
const paysInSevenDays = (pgProvider: string): boolean =>
  paidBackBy({ pgProvider, payMethod: 'vbank' }, korea(2026, 7, 1, 12)) === korea(2026, 7, 11);

/** How each statement of the description is implemented: by a rule of the table, or by other code. */
const CLAIMS: readonly Claim[] = [
  {
    about: /^cancel$/,
    says: /휴대폰소액결제 익월 환불의 경우/,
    rules: ['kcp_phone_next_month', 'kcp_phone_other_month'],
  },
  { about: /^cancel$/, says: /^휴대폰 결제는 부분취소가 불가능/, rules: ['phone_partial'] },
  {
    about: /^cancel$/,
    says: /부분취소는 총 \d+번 가능하며 취소는 결제일 기준 \d+개월 이내/,
    rules: ['ksnet_nine_partials', 'ksnet_six_months'],
    figures: (when) =>
      when.kind === 'cancels_before' ? [when.most] : when.kind === 'months_after' ? [when.months] : undefined,
  },
  {
    about: /^cancel$/,
    says: /가상계좌 결제건 취소는 \d\d:00~\d\d:00 시간 외에만/,
    rules: ['ksnet_vbank_night'],
    figures: (when) => (when.kind === 'hours' ? [when.from, 0, when.to, 0] : undefined),
  },
  { about: /^cancel$/, says: /현금영수증(은|을) /, rules: ['cash_receipt_by_hand'] },
  { about: /^cancel$/, says: /^체크카드 결제 건의 경우 전액 취소만/, rules: ['smartro_test_check_card'] },
  { about: /^cancel$/, says: /정확한 취소 면세금액을 요청해야/, rules: ['tax_free_unnamed'] },
  { about: /^cancel$/, says: /상품권인 결제건은 부분취소가 불가능/, rules: ['tosspayments_gift_partial'] },
  { about: /^cancel$/, says: /부분 환불 사용 서비스 신청/, rules: ['welcome_partial'] },
  {
    about: /^cancel$/,
    says: /가상계좌 (결제 취소|입금 완료).*(7 영업일 이상|특약)/,
    rules: ['daou_vbank_by_hand'],
    held: paysInSevenDays,
  },
  { about: /^cancel$/, says: /취소할 금액, 부가세, 면세금액을 정확하게/, rules: ['vat_unnamed'] },
  { about: /^tax_free$/, says: /필수 입력/, rules: ['tax_free_unnamed'] },
  { about: /^vat_amount$/, says: /^supported$|필수 입력/, rules: ['vat_unnamed'] },
  { about: /^reason$/, says: /^required$|누락시/, rules: ['naverpay_reason'] },
  { about: /^refund_(holder|bank|account)$/, says: /익월 환불시 필수/, rules: ['kcp_phone_account'] },
  {
    about: /^refund_(holder|bank|account|tel)$/,
    says: /^가상계좌, 계좌이체 거래건 환불시 필수/,
    rules: ['vbank_telephone', 'transfer_account', 'vbank_account'],
  },
  { about: /^refund_tel$/, says: /^required$/, rules: ['vbank_telephone'] },
  // Not implemented as a rule of the table.
  { about: /^cancel$/, says: /즉시 환불 처리가 되는 것이 아니라/, held: (pg) => isLater(pg, 'vbank') },
  { about: /^cancel$/, says: /승인대기|바로 승인 되지 않고/, held: (pg) => isLater(pg, 'paypal') },
  {
    about: /^(cancel|extra)$/,
    says: /requester|(customer|admin)( :|:|\()|^required$/,
    held: (pg) => JSON.stringify(sentTo(pg)['extra']) === '{"requester":"admin"}',
  },
  {
    about: /^cancel$/,
    says: /^reason: 결제 취소 사유/,
    held: (pg) => String(sentTo(pg)['reason']).startsWith('size '),
  },
  { about: /^cancel$/, says: /특이사항$|아래 파라미터를 반드시/, held: NO_SUBJECT },
  // Concerns payments on a test channel, which only the shop cancels.
  { about: /^cancel$/, says: /^카카오페이에서 등록된 카드로 결제시/, held: NO_SUBJECT },
];

const claimsOf = ({ about, says }: Fact) =>
  CLAIMS.filter((claim) => claim.about.test(about) && claim.says.test(says));

function concerns({ pgs }: Rule, pg: string): boolean {
  return typeof pgs === 'string' ? pgs.split(' ').includes(pg) : !pgs.not.split(' ').includes(pg);
}

describe('what i’mport’s API description says of a cancel, PG by PG', () => {
  it.each(facts)('$pg, $about: $says', (fact) => {
    const claims = claimsOf(fact);
    expect(claims, 'this statement is implemented by no rule of ours, or by several').toHaveLength(1);
    const [{ rules = [], held, figures } = {}] = claims;
    expect(held?.(fact.pg) ?? rules.length > 0).toBe(true);
    const ours = ALL_RULES.filter(({ name }) => rules.includes(name));
    for (const rule of ours) expect(concerns(rule, fact.pg), `${rule.name} lacks ${fact.pg}`).toBe(true);
    const published = figures && [...fact.says.matchAll(/\d+/g)].map(([number]) => Number(number));
    const figured = ours.flatMap(({ when }) => figures?.(when) ?? []);
    expect(figured).toEqual(expect.arrayContaining(published ?? []));
  });

  it('no rule or note claims a statement that the description no longer makes', () => {
    const stale = CLAIMS.filter((claim) => !facts.some((fact) => claimsOf(fact).includes(claim)));
    expect(stale).toEqual([]);
  });

  it('a rule names the description as its source only for PGs of which the description states it', () => {
    const bySpec = ALL_RULES.flatMap(({ name, source, pgs }) =>
      source === SPEC && typeof pgs === 'string' ? [{ name, pgs: pgs.split(' ') }] : [],
    );
    expect(bySpec.length).toBeGreaterThan(10);
    const unsaid = bySpec.flatMap(({ name, pgs }) =>
      pgs
        .filter((pg) => !facts.some((fact) => fact.pg === pg && rulesOf(fact).includes(name)))
        .map((pg) => `${name} at ${pg}`),
    );
    expect(unsaid).toEqual(ALSO_BY_PAGES);
  });

  it('the statements are read from paragraphs and list items, without headings and examples', () => {
    const description =
      '<h4 id="a">머리</h4><p>하나\n 둘\n - 셋</p>\n<ul><li>넷</li></ul><pre>예 <b>시</b></pre>';
    const post = { 'x-portone-per-pg': { nice: { description } }, parameters: [] };
    expect(factsOf({ paths: { '/payments/cancel': { post } } }).map(({ says }) => says)).toEqual([
      '하나 둘',
      '셋',
      '넷',
    ]);
  });
});

function rulesOf(fact: Fact): readonly string[] {
  return claimsOf(fact).flatMap(({ rules = [] }) => rules);
}

/** PortOne's own pages of these PGs state it; the description is less specific. */
const ALSO_BY_PAGES = [
  'vbank_telephone at welcome',
  'transfer_account at welcome',
  'cash_receipt_by_hand at smartro_v2',
];
