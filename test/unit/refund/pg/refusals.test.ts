import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASON_TEXTS } from '../../../../functions/http/texts.ts';
import {
  explain,
  meaningOf,
  REFUSAL_REASONS,
  type RefusalReason,
} from '../../../../functions/refund/pg/refusals.ts';

const FACTS = readFileSync(new URL('../../../../functions/refund/pg/PG-FACTS.md', import.meta.url), 'utf8');

/** i'mport puts its own words before a PG's text (IAMPORT 2). */
const said = (text: string) => ({ code: -1, message: `결제취소에 실패하였습니다. ${text}` });

/** For each reason every published code and its words, from PortOne's tables: the PG, then its text. */
const PUBLISHED: Readonly<Record<RefusalReason, readonly string[]>> = {
  already_cancelled: [
    'kcp [8133]',
    'html5_inicis [503626|기 취소 거래]',
    'html5_inicis [509626]',
    'html5_inicis [501626|기 취소 거래]',
    'tosspayments (T020)',
    'tosspayments [S020] 이미 취소가 되었거나, 취소할 수 없는',
    'kakaopay (7102)',
    'nice 해당거래 취소실패(기취소성공)',
    'galaxia 이미 취소 성공된 거래입니다.',
    'galaxia 취소거절이미취소된거래',
  ],
  settlement_shortage: [
    'kcp [8178]',
    'kcp 취소 요청한 금액보다 상계가능한 정산예정금액이 부족하여 취소가 불가합니다',
    'kcp 취소 금액보다 상계가능 정산금액 부족',
    'nice [2026] 취소금액이 미정산 금액보다 큽니다.',
    'nice_v2 [2026]',
    'nice 취소 금액이 미정산금액보다 큽니다',
    'danal_tpay 취소불가 상태입니다',
    'daou [9029]',
    'daou 상점의 취소가능 금액이 부족합니다.',
    'inicis [501906|[취소한도초과] 취소금액입금하여 한도증액요청]',
    'inicis [501906]',
    'html5_inicis 취소 한도 초과',
  ],
  too_many_partials: ['kcp [8386]', 'html5_inicis [507705]', 'html5_inicis 부분취소 가능 횟수 초과'],
  balance_mismatch: [
    'kcp [8037]',
    'kcp 부분취소 남은금액 불일치',
    'uplus [C112]',
    'tosspayments 부분취소 불가. 취소가능한 남은잔액이 일치하지 않습니다.',
    'html5_inicis [500706]',
    'inicis_unified 부분취소 잔액 오류',
  ],
  partial_too_small: ['kcp [8035]', 'kcp 부분취소 최소금액 미만'],
  same_day_void_only: ['kcp [8345]', 'kcp 당월 환불 불가 - 일반 취소로 진행 요망'],
  limit_of_the_day: ['tosspayments [RF03]', 'uplus 은행 하루 환불 가능액을 초과했습니다.-오프라인처리'],
  limit_of_the_month: ['tosspayments [rf08]', 'tosspayments 상점 한달 환불 가능액을 초과했습니다.'],
  deadline_passed: ['naverpay CancelDeadlineExpired'],
  maintenance: ['naverpay MaintenanceOngoing', 'naverpay (FaultCheckOngoing)'],
  vat_missing: ['kakaopay (requested cancel amount is bigger than cancelable amount)'],
};

/** The reason, and what the refusal proves. */
function explained(published: string, changed = (text: string) => text) {
  const [, pg = '', text = ''] = /^(\S+) (.*)$/.exec(published) ?? [];
  const refusal = said(changed(text));
  return [explain(refusal, pg)?.reason, meaningOf(refusal, pg)];
}

describe('explaining a refusal', () => {
  it.each(REFUSAL_REASONS)(
    'the reason %s is recognised by each published text, and has words of ours',
    (reason) => {
      const proves = reason === 'already_cancelled' ? reason : undefined;
      const inside = (text: string) => `${text.replaceAll(' ', '  ')} (문의 1544-0000)`;
      for (const published of PUBLISHED[reason]) {
        expect(explained(published), published).toEqual([reason, proves]);
        expect(explained(published, inside), `${published}, inside other text`).toEqual([reason, proves]);
      }
      // Section 2 as a whole is about refunds that are already cancelled.
      const documented = reason === 'already_cancelled' ? 'already cancelled at the PG' : `\`${reason}\``;
      expect(FACTS).toContain(documented);
      expect(REASON_TEXTS[reason].en).toMatch(/^[A-Z].*(ask|Ask|Pay|Refund).*\.$/);
      expect(REASON_TEXTS[reason].ko).toMatch(/(주세요)\.$/);
    },
  );

  it.each([
    ['a code of another PG', 'nice [8178]'],
    ['a number that is no code', 'kcp 주문 8178 건'],
    ['words of another PG', 'kcp 취소불가 상태입니다'],
    ['a code with more digits', 'kcp [81780]'],
    // It proves less than "already cancelled", and is no refusal (PG-FACTS 1).
    ['a text that says a cancel is under way', 'kcp [8E01] 환불 완료 또는 진행중 거래건', 'under_way'],
    ['a code that says so', 'uplus [752]', 'under_way'],
    ['a code of another PG that would mean under way', 'nice [8388]'],
  ])('a refusal with %s has no reason', (_what, text, proves?: string) => {
    expect(explained(text)).toEqual([undefined, proves]);
  });

  it('a code of a PG that i’mport does not name may be of any PG', () => {
    expect(meaningOf(said('[8388]'), undefined)).toBe('under_way');
  });
});
