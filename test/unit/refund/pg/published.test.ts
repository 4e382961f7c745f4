import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../../functions/iamport/wire.ts';
import type { Minor } from '../../../../functions/refund/money.ts';
import { cancelsLater } from '../../../../functions/refund/pg/families.ts';
import { ALL_RULES, concerns, SPEC, type SwitchableRule } from '../../../../functions/refund/pg/rules.ts';

/** One statement of i'mport's API description about a cancel at one PG: about the whole call or one of its fields. */
interface Fact {
  readonly pg: string;
  readonly about: string;
  readonly says: string;
}

/** The statements by PG of i'mport's API description, with its commit and date. */
const text = readFileSync(new URL('v1-cancel-per-pg.json', import.meta.url), 'utf8');
const { facts } = JSON.parse(text) as { readonly facts: readonly Fact[] };

/** How a statement is implemented: by rules of the table, or by other code, which must then be true. */
type Claim = readonly [
  about: RegExp,
  says: RegExp,
  by: readonly SwitchableRule[] | ((pg: string) => boolean),
];

const call = { impUid: 'i', currency: 'KRW', amount: 1 as Minor, checksum: 1 as Minor, refundId: 'rf_1' };
const sentTo = (pgProvider: string) =>
  cancelBody({ ...call, pgProvider, passedOn: {}, requester: 'admin', reason: 'size' });
const isLater = (pgProvider: string, payMethod: string) => cancelsLater({ pgProvider, payMethod }, new Set());
const namesRequester = (pg: string): boolean =>
  JSON.stringify(sentTo(pg)['extra']) === '{"requester":"admin"}';

const CANCEL = /^cancel$/;
const CLAIMS: readonly Claim[] = [
  [CANCEL, /휴대폰소액결제 익월 환불의 경우/, ['kcp_phone_next_month', 'kcp_phone_other_month']],
  [CANCEL, /^휴대폰 결제는 부분취소가 불가능/, ['phone_partial']],
  // The figures are those of the rules.
  [CANCEL, /총 9번 가능하며 취소는 결제일 기준 6개월 이내/, ['ksnet_nine_partials', 'ksnet_six_months']],
  [CANCEL, /가상계좌 결제건 취소는 23:00~06:00 시간 외에만/, ['ksnet_vbank_night']],
  [CANCEL, /현금영수증(은|을) /, ['cash_receipt_by_hand']],
  [CANCEL, /^체크카드 결제 건의 경우 전액 취소만/, ['smartro_test_check_card']],
  [CANCEL, /정확한 취소 면세금액을 요청해야/, ['tax_free_unnamed']],
  [CANCEL, /상품권인 결제건은 부분취소가 불가능/, ['tosspayments_gift_partial']],
  [CANCEL, /부분 환불 사용 서비스 신청/, ['welcome_partial']],
  [CANCEL, /가상계좌 (결제 취소|입금 완료).*(7 영업일 이상|특약)/, ['daou_vbank_by_hand']],
  [CANCEL, /취소할 금액, 부가세, 면세금액을 정확하게/, ['vat_unnamed']],
  [/^tax_free$/, /필수 입력/, ['tax_free_unnamed']],
  [/^vat_amount$/, /^supported$|필수 입력/, ['vat_unnamed']],
  [/^reason$/, /^required$|누락시/, ['naverpay_reason']],
  [/^refund_(holder|bank|account)$/, /익월 환불시 필수/, ['kcp_phone_account']],
  [
    /^refund_(holder|bank|account|tel)$/,
    /^가상계좌, 계좌이체 거래건 환불시 필수/,
    ['vbank_telephone', 'transfer_account', 'vbank_account'],
  ],
  [/^refund_tel$/, /^required$/, ['vbank_telephone']],
  [CANCEL, /즉시 환불 처리가 되는 것이 아니라/, (pg) => isLater(pg, 'vbank')],
  [CANCEL, /승인대기|바로 승인 되지 않고/, (pg) => isLater(pg, 'paypal')],
  [/^(cancel|extra)$/, /requester|(customer|admin)( :|:|\()|^required$/, namesRequester],
  [CANCEL, /^reason: 결제 취소 사유/, (pg) => String(sentTo(pg)['reason']).startsWith('size ')],
  // A heading; and payments on a test channel, which only the shop cancels.
  [CANCEL, /특이사항$|아래 파라미터를 반드시|^카카오페이에서 등록된 카드로 결제시/, () => true],
];

const claimsOf = ({ about, says }: Fact) =>
  CLAIMS.filter(([ofField, ofText]) => ofField.test(about) && ofText.test(says));

function isTrue(by: Claim[2], pgProvider: string): boolean {
  if (typeof by === 'function') return by(pgProvider);
  const ours = ALL_RULES.filter(({ name }) => by.includes(name));
  return ours.every(({ pgs }) => concerns({ pgs, methods: { not: '' } }, { pgProvider }));
}

/** PortOne's own pages of these PGs state it; the description is less specific. */
const ALSO_BY_PAGES = [
  'vbank_telephone at welcome',
  'transfer_account at welcome',
  'cash_receipt_by_hand at smartro_v2',
];

describe('what i’mport’s API description says of a cancel, PG by PG', () => {
  it.each(facts)('$pg, $about: $says', (fact) => {
    // Implemented by exactly one claim, which is true at this PG.
    expect(claimsOf(fact).map(([, , by]) => isTrue(by, fact.pg))).toEqual([true]);
  });

  it('no claim is about a statement that the description no longer makes', () => {
    expect(CLAIMS.filter((claim) => !facts.some((fact) => claimsOf(fact).includes(claim)))).toEqual([]);
  });

  it('a rule names the description as its source only for PGs of which the description states it', () => {
    const stated = facts.flatMap((fact) =>
      claimsOf(fact).flatMap(([, , by]) =>
        typeof by === 'function' ? [] : by.map((name) => `${name} at ${fact.pg}`),
      ),
    );
    const bySpec = ALL_RULES.flatMap(({ name, source, pgs }) =>
      source === SPEC && typeof pgs === 'string' ? pgs.split(' ').map((pg) => `${name} at ${pg}`) : [],
    );
    expect(bySpec.length).toBeGreaterThan(10);
    expect(bySpec.filter((each) => !stated.includes(each))).toEqual(ALSO_BY_PAGES);
  });
});
