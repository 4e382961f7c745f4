import type { AnswerNote, ProviderRefusal } from '../refund.ts';

/**
 * How published codes and words of PGs are recognised. i'mport puts its own words before a PG's text, differently for each PG, so
 * no whole text is compared. `codes`: as in brackets. `words`: anywhere, ignoring spaces.
 */
interface Known {
  /** Prefixes of `pg_provider`; absent: any PG. */
  readonly pgs?: readonly string[];
  readonly codes?: RegExp;
  readonly words?: RegExp;
}

const KCP = ['kcp'];
const TOSS = ['tosspayments', 'uplus'];
const INICIS = ['html5_inicis', 'inicis'];
const KAKAO = ['kakaopay', 'kakao'];
const NAVER = ['naverpay', 'naverco'];

/** A cancel of this payment is under way: the refusal does not end the request (PG-FACTS 1). */
const UNDER_WAY: readonly Known[] = [
  { pgs: KCP, codes: /^(8388|8387|8040|8E01)$/i },
  { pgs: TOSS, codes: /^(RF23|RF25|RF33|752)$/i },
  { pgs: INICIS, codes: /^(501940|506772|PB0037|060785)$/i },
  { pgs: KAKAO, codes: /^-785$/ },
  { pgs: NAVER, codes: /^(CancelNotComplete|PreCancelNotComplete|AlreadyOnGoing)$/i },
  {
    words:
      /(취소|환불).*(진행중|처리중)|(취소|환불)를?중복으로요청|(결제|승인)\/취소를중복|CancelNotComplete|AlreadyOnGoing/i,
  },
];

/** The PG says that it is cancelled already (PG-FACTS 2). Inicis has a different number for each bank or card. */
const ALREADY_CANCELLED: readonly Known[] = [
  { pgs: KCP, codes: /^(8133|8373|8496|8691)$/ },
  { pgs: TOSS, codes: /^(C0D3|S020|T020|25|140|8579|D3|602|756)$/i },
  {
    pgs: INICIS,
    codes: /^(50[0134679]626|160353|190353|170025|170140|120025|1225|258018|E0003|IC0002|PB0034|PB0081)$/i,
  },
  { pgs: KAKAO, codes: /^(0025|0140|2003|3521|4050|6003|7102|8507)$/ },
  { words: /기취소|이미(전액)?(부분)?취소|already(been)?cancel/i },
];

/** What a refusal means besides "no": a cancel may be under way, or already executed. Undefined: the request has ended (P4). */
export function meaningOf(
  { message }: ProviderRefusal,
  pgProvider: string | undefined,
): AnswerNote['meaning'] {
  const said = read(message);
  if (UNDER_WAY.some((known) => isKnown(known, said, pgProvider))) return 'under_way';
  return ALREADY_CANCELLED.some((known) => isKnown(known, said, pgProvider))
    ? 'already_cancelled'
    : undefined;
}

interface Reason {
  /** How to retry, if a retry helps. */
  readonly retry: string;
  readonly known: readonly Known[];
}

/** Refusals that a shop can act on, or should know to be final (PG-FACTS 2 and 3). */
const REASONS = {
  already_cancelled: { retry: 'never', known: ALREADY_CANCELLED },
  settlement_shortage: {
    retry: 'after_funding',
    known: [
      { pgs: KCP, codes: /^8178$/ },
      { pgs: ['nice'], codes: /^2026$/ },
      { pgs: ['daou'], codes: /^9029$/ },
      { pgs: INICIS, codes: /^50[0146]906$/, words: /취소한도초과/ },
      { pgs: ['danal'], words: /취소불가상태/ },
      { words: /상계가능한?정산|미정산금액보다|취소가능금액이부족/ },
    ],
  },
  too_many_partials: {
    retry: 'in_full_only',
    known: [
      { pgs: KCP, codes: /^8386$/ },
      { pgs: INICIS, codes: /^50[0134679]705$/ },
      { words: /부분취소가능횟수/ },
    ],
  },
  balance_mismatch: {
    retry: 'after_reading',
    known: [
      { pgs: KCP, codes: /^8037$/ },
      { pgs: INICIS, codes: /^50[0134679]706$/ },
      { pgs: TOSS, codes: /^C112$/i },
      { words: /남은(금액|잔액)이?(불일치|일치하지)|부분취소잔액오류/ },
    ],
  },
  partial_too_small: {
    retry: 'other_amount',
    known: [{ pgs: KCP, codes: /^8035$/ }, { words: /부분취소최소금액/ }],
  },
  same_day_void_only: {
    retry: 'another_day_or_in_full',
    known: [{ pgs: KCP, codes: /^8345$/, words: /당월환불불가/ }],
  },
  limit_of_the_day: {
    retry: 'tomorrow',
    known: [{ pgs: TOSS, codes: /^RF03$/i, words: /하루환불가능액/ }],
  },
  limit_of_the_month: {
    retry: 'next_month',
    known: [{ pgs: TOSS, codes: /^RF08$/i, words: /한달환불가능액/ }],
  },
  deadline_passed: { retry: 'never', known: [{ pgs: NAVER, words: /CancelDeadlineExpired/i }] },
  maintenance: { retry: 'later', known: [{ pgs: NAVER, words: /MaintenanceOngoing|FaultCheckOngoing/i }] },
  vat_missing: {
    retry: 'with_vat_amount',
    known: [{ pgs: KAKAO, words: /requestedcancelamountisbiggerthancancelableamount/i }],
  },
} as const satisfies Readonly<Record<string, Reason>>;

export type RefusalReason = keyof typeof REASONS;
export const REFUSAL_REASONS = Object.keys(REASONS) as readonly RefusalReason[];
type Retry = (typeof REASONS)[RefusalReason]['retry'];
export const RETRIES: readonly Retry[] = [...new Set(Object.values(REASONS).map(({ retry }) => retry))];

/** Why the PG refused, and what helps; undefined when its text is not a published one, or says that a cancel is under way. */
export function explain(
  refusal: ProviderRefusal,
  pgProvider: string | undefined,
): { readonly reason: RefusalReason; readonly retry: Retry } | undefined {
  if (meaningOf(refusal, pgProvider) === 'under_way') return undefined;
  const said = read(refusal.message);
  const reason = REFUSAL_REASONS.find((name) =>
    REASONS[name].known.some((known) => isKnown(known, said, pgProvider)),
  );
  return reason && { reason, retry: REASONS[reason].retry };
}

interface Said {
  readonly codes: readonly string[];
  readonly words: string;
}

/** Codes in brackets: `[8388]`, `[500626|기 취소 거래]`, `(RF23)`, `[-785]`. */
function read(message: string): Said {
  const codes = [...message.matchAll(/[[(（【]\s*([\w-]+)\s*(?=[|\])）】:,\s])/g)];
  return { codes: codes.map(([, code = '']) => code), words: message.replaceAll(/\s+/g, '') };
}

/** Only texts of the payment's own PG. A PG that i'mport does not name may be any. */
function isKnown({ pgs, codes, words }: Known, said: Said, pgProvider: string | undefined): boolean {
  const isOfPg =
    pgs === undefined ||
    pgProvider === undefined ||
    pgs.some((pg) => pgProvider === pg || pgProvider.startsWith(`${pg}_`));
  return isOfPg && ((words?.test(said.words) ?? false) || said.codes.some((code) => codes?.test(code)));
}
