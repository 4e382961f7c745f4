import type { AnswerNote, ProviderRefusal } from '../refund.ts';

/** What published codes and words of PGs mean (PG-FACTS 1 and 2). `pgs`: beginnings of `pg_provider`. */
interface Meaning {
  readonly pgs: readonly string[];
  /** Codes as they stand in brackets, or words of Latin letters that stand anywhere. */
  readonly codes: RegExp;
}

const KCP = ['kcp'];
const TOSS = ['tosspayments', 'uplus'];
const INICIS = ['html5_inicis', 'inicis'];
const KAKAO = ['kakaopay', 'kakao'];
const NAVER = ['naverpay', 'naverco'];

/** A cancel of this payment is under way: the refusal is no end (PG-FACTS 1). */
const UNDER_WAY: readonly Meaning[] = [
  { pgs: KCP, codes: /^(8388|8387|8040|8E01)$/i },
  { pgs: TOSS, codes: /^(RF23|RF25|RF33|752)$/i },
  { pgs: INICIS, codes: /^(501940|506772|PB0037|060785)$/i },
  { pgs: KAKAO, codes: /^-785$/ },
  { pgs: NAVER, codes: /^(CancelNotComplete|PreCancelNotComplete|AlreadyOnGoing)$/i },
];

/** The PG says that it is cancelled already (PG-FACTS 2). */
const ALREADY_CANCELLED: readonly Meaning[] = [
  { pgs: KCP, codes: /^(8133|8373|8496|8691)$/ },
  { pgs: TOSS, codes: /^(C0D3|S020|T020|25|140|8579|D3|602|756)$/i },
  {
    pgs: INICIS,
    codes: /^(50[01467]626|160353|190353|170025|170140|120025|1225|258018|E0003|IC0002|PB0034|PB0081)$/i,
  },
  { pgs: KAKAO, codes: /^(0025|0140|2003|3521|4050|6003|7102|8507)$/ },
];

/** General words, at any PG, with spaces left out. */
const UNDER_WAY_WORDS =
  /(취소|환불).*(진행중|처리중)|(취소|환불)를?중복으로요청|(결제|승인)\/취소를중복|CancelNotComplete|AlreadyOnGoing/i;
const ALREADY_CANCELLED_WORDS = /기취소|이미(전액)?(부분)?취소|already(been)?cancel/i;

/** What a refusal means beside "no": a cancel may be under way, or done already. Undefined: it is the end of the request (P4). */
export function meaningOf(
  { message }: ProviderRefusal,
  pgProvider: string | undefined,
): AnswerNote['meaning'] {
  const codes = codesIn(message);
  const words = message.replaceAll(/\s+/g, '');
  if (matches(UNDER_WAY, codes, pgProvider) || UNDER_WAY_WORDS.test(words)) return 'under_way';
  if (matches(ALREADY_CANCELLED, codes, pgProvider) || ALREADY_CANCELLED_WORDS.test(words)) {
    return 'already_cancelled';
  }
  return undefined;
}

/** Codes in brackets: `[8388]`, `[500626|기 취소 거래]`, `(RF23)`, `[-785]`. */
function codesIn(message: string): readonly string[] {
  return [...message.matchAll(/[[(（【]\s*([\w-]+)\s*(?=[|\])）】:,\s])/g)].map(([, code = '']) => code);
}

/** Of the payment's own PG. A PG that i'mport does not name may be any. */
function matches(
  table: readonly Meaning[],
  codes: readonly string[],
  pgProvider: string | undefined,
): boolean {
  return table.some(
    ({ pgs, codes: known }) =>
      (pgProvider === undefined || pgs.some((pg) => pgProvider === pg || pgProvider.startsWith(`${pg}_`))) &&
      codes.some((code) => known.test(code)),
  );
}
