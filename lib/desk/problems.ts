import { html, nothing, type TemplateResult } from 'lit-html';
import { CODES, type ProblemCode } from '../../functions/http/codes.ts';
import { REASON_TEXTS, RULE_TEXTS } from '../../functions/http/texts.ts';
import type { DOUBTS } from '../../functions/refund/doubts.ts';
import type { FindingKind } from '../../functions/refund/findings.ts';
import type { Language } from '../client/options.ts';
import type { Outcome } from '../client/refund-client.ts';
import type { Problem, Provider } from '../client/types.ts';
import type { Failure, Finding } from './api.ts';
import { dateText, foreign, language, linkOut, money } from './text.ts';
import { nameOf, say } from './words.ts';

type Text = Readonly<Record<Language, string>>;

/** Texts for staff where the service's own text is for a program or a customer, and for what only the page knows. */
const FOR_STAFF: Readonly<Partial<Record<ProblemCode | 'OFFLINE' | 'SIGNED_OUT', Text>>> = {
  OFFLINE: {
    ko: '서버에 연결하지 못했습니다. 네트워크를 확인한 뒤 다시 시도해 주세요.',
    en: 'The service could not be reached. Check the network, then try again.',
  },
  SIGNED_OUT: {
    ko: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
    en: 'Your session has ended. Sign in again.',
  },
  INVALID_REQUEST: { ko: '입력한 내용을 확인해 주세요.', en: 'Please check what you have entered.' },
  AMOUNT_EXCEEDS_CANCELABLE: {
    ko: '남은 금액보다 큽니다. 남은 금액 이하로 입력해 주세요.',
    en: 'That is more than what is left. Enter what is left, or less.',
  },
  INVALID_REFUND_BANK: {
    ko: '이 PG사가 쓰는 은행 코드가 아닙니다. 은행을 다시 선택해 주세요.',
    en: 'This PG does not use that bank code. Choose the bank again.',
  },
  FORBIDDEN: {
    ko: '이 계정은 환불 담당자가 아닙니다. 관리자에게 담당자 그룹에 넣어 달라고 하거나 다른 계정으로 로그인해 주세요.',
    en: 'This account is not refund staff. Ask your administrator for the staff group, or sign in with another account.',
  },
  POSSIBLE_DUPLICATE: {
    ko: '같은 환불이 방금 요청되었습니다. 아래 환불 내역에서 결과를 확인해 주세요.',
    en: 'The same refund was requested a moment ago. See its result below.',
  },
  SEVERAL_PAYMENTS: {
    ko: '이 주문은 결제가 여러 건입니다. 환불할 결제를 먼저 선택해 주세요.',
    en: 'This order was paid more than once. Choose the payment first.',
  },
  PAYMENT_MISMATCH: {
    ko: '포트원의 결제 정보가 장부와 달라 환불을 보내지 않았습니다. 개발 담당자에게 알려 주세요. 알람도 울렸습니다.',
    en: 'i’mport’s payment is not what the ledger knows, so nothing was sent. Tell your engineers; an alarm has rung, too.',
  },
  PROPOSAL_DIFFERS: {
    ko: '다른 담당자가 다른 판정을 제안했습니다. 서로 확인한 뒤 같은 판정을 보내야 합니다. 제안은 24시간 뒤 사라집니다.',
    en: 'A colleague has proposed another verdict. Agree with each other, then send the same one. A proposal ends after 24 hours.',
  },
  ALREADY_CANCELLED_AT_PG: {
    ko: 'PG사에는 이미 취소된 거래로 되어 있습니다. 다시 요청하지 말고 PG사 콘솔에서 실제로 취소되었는지 확인해 주세요.',
    en: 'The PG says that it is cancelled already. Do not ask again: check in the PG’s console whether it really is.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    ko: '같은 금액의 환불이 다른 내용으로 이미 요청되었습니다. 환불 내역에서 그 결과를 확인해 주세요.',
    en: 'A refund of the same amount was requested with other details. See its result among the refunds.',
  },
};
export const PROBLEMS: Readonly<Record<string, Text>> = { ...CODES, ...FOR_STAFF };

/** For an unknown code of a newer service its own message is shown. */
export function problemText(code: string | undefined, problem: Problem = {}): string {
  const rule = textIn(RULE_TEXTS, problem.rule);
  const reason = textIn(REASON_TEXTS, problem.provider?.reason);
  return rule ?? reason ?? textIn(PROBLEMS, code) ?? problem.message ?? CODES.INTERNAL_ERROR[language];
}

function textIn(texts: Readonly<Record<string, Text>>, name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(texts, name) ? forPeople(texts[name]?.[language]) : undefined;
}

/** Texts of the service about keys are for developers; the desk creates the key of each request itself. */
function forPeople(text: string | undefined): string | undefined {
  return text?.replaceAll(
    /(?:새|같은) Idempotency-Key로 |,? (?:with|and) (?:a new|the same) Idempotency-Key/g,
    '',
  );
}

/** The texts of a PG's warnings by name; a newer service may have others. */
export function warningText(name: string): string {
  return textIn(RULE_TEXTS, name) ?? name;
}

/** A failure with the service's details, or nothing. */
export function failureNotice(
  failure: Failure | undefined,
  more?: TemplateResult,
): TemplateResult | typeof nothing {
  // The head of the page tells an ended session, with the button that ends it.
  if (failure === undefined || failure.code === 'SIGNED_OUT') return nothing;
  const { code, problem } = failure;
  return html`<div role="alert" class="notice bad">
    <p>${problemText(code, problem)}</p>
    ${problemDetails(problem)} ${more ?? nothing}
  </div>`;
}

export function problemDetails(problem: Problem): TemplateResult {
  const { errors = [], provider, source, possible_from: from, proposed_by: by, verdict } = problem;
  return html`${
    errors.length === 0
      ? nothing
      : html`<ul>
          ${errors.map(({ pointer, message }) => html`<li><code>${foreign(pointer)}</code> ${foreign(message)}</li>`)}
        </ul>`
  }
  ${provider === undefined ? nothing : providerView({ code: provider.code, message: provider.message })}
  ${from === undefined ? nothing : html`<p>${say('possibleFrom', { date: dateText(from) })}</p>`}
  ${typeof by === 'string' ? html`<p>${foreign(by)}: ${nameOf('verdict', String(verdict))}</p>` : nothing}
  ${source === undefined ? nothing : html`<p>${linkOut(source, say('ruleSource'))}</p>`}`;
}

/** The PG's text, with advice if it is a known one. */
export function providerView({ code, message, reason }: Provider): TemplateResult {
  const known = textIn(REASON_TEXTS, reason);
  return html`<p class="quote">${say('providerSaid')}: ${foreign(message)} <small>(${code})</small></p>
    ${known === undefined ? nothing : html`<p>${known}</p>`}`;
}

/** Why a look could not decide, in Korean; the service's texts are English. */
const DOUBT_WORDS: Readonly<Record<(typeof DOUBTS)[keyof typeof DOUBTS], string>> = {
  'the provider answers with another payment': '포트원이 다른 결제로 응답합니다.',
  'the provider holds the payment under another order number': '포트원의 주문번호가 다릅니다.',
  'the provider holds the payment in another currency': '포트원의 통화가 다릅니다.',
  "the shop's order is in another currency than the payment": '주문의 통화가 결제의 통화와 다릅니다.',
  'the provider holds another paid amount': '포트원의 결제 금액이 다릅니다.',
  'the provider does not know the payment': '포트원에 이 결제가 없습니다.',
  'the provider has cancelled less than before':
    '포트원의 취소 금액이 전보다 줄었습니다. 취소가 되돌려졌을 수 있습니다.',
  'the provider does not say how much is cancelled': '포트원이 취소 금액을 알려 주지 않습니다.',
  'the provider cannot be asked, or its answer cannot be read':
    '포트원에 물을 수 없거나 응답을 읽을 수 없습니다.',
  'the request may still be executed': '요청이 아직 처리될 수 있습니다.',
  'nothing of it was found once; a second look decides':
    '한 번 조회해 찾지 못했습니다. 다음 조회에서 확정합니다.',
  'this PG cancels later, and has not done it yet': '나중에 취소하는 PG사이며 아직 처리되지 않았습니다.',
  'an entry without a tag may be this refund': '이 환불일 수 있는 취소 내역에 표식이 없습니다.',
  'entries with our tag add up to less than was asked':
    '우리 표식이 있는 내역의 합계가 요청한 금액보다 적습니다.',
  'the history does not add up to the cancelled amount': '취소 내역의 합계가 취소 금액과 다릅니다.',
};

export function doubtText(why: string): string {
  if (language === 'en') return why;
  return new Map(Object.entries(DOUBT_WORDS)).get(why) ?? why;
}

/** The text after the amount, in Korean; the report's texts are English. */
const FINDING_WORDS: Readonly<Record<FindingKind, string>> = {
  differentPayment: '장부와 다른 결제에서 취소되었습니다.',
  foreignTag: '장부가 모르는 환불의 표식이 있습니다. 백업을 복원하면 생길 수 있습니다.',
  moreThanAsked: '요청한 것보다 많이 환불되었습니다.',
  notBooked: '장부에 적지 못했습니다.',
  withoutEntry: '취소 금액에는 있지만 취소 내역에 없습니다.',
  onlyInHistory: '취소 내역에는 있지만 취소 금액에 없습니다.',
  moreThanPaid: '결제 금액보다 많이 취소되었습니다.',
  notAtProvider: '장부에는 취소로 있지만 포트원에는 없습니다.',
  refundsNotAtProvider: '장부에는 취소된 환불이지만 포트원에는 없습니다.',
  sumNotTold: '포트원이 취소 금액을 알려 주지 않습니다.',
  listedTwice: '포트원에 두 번 나옵니다. 한 번만 세었습니다.',
  unknownPayment: '장부에 없는 결제입니다.',
  paidTwice: '이 주문에 환불할 금액이 남은 결제가 여러 건입니다.',
  amountDiffers: '주문 금액과 결제 금액이 다릅니다.',
  unreliable: '포트원의 목록을 믿을 수 없습니다.',
  notCompared: '장부나 포트원이 응답하지 않아 비교하지 못했습니다.',
  pageNotRead: '포트원 목록의 한 쪽을 읽지 못했습니다.',
};

export function findingText({ kind, amount, currency, refund_ids: ids, text }: Finding): string {
  if (language === 'en') return text;
  const sum = amount === null || currency === null ? '' : `${money(amount, currency)}: `;
  return [`${sum}${FINDING_WORDS[kind]}`, ...ids].join(' ');
}

/** The known outcome of a request. The client's own messages are for customers, so staff see those of a refusal only if the desk has none. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind !== 'refused') return outcome.message;
  const { code, problem, message } = outcome;
  return problemText(code === 'UNAUTHORIZED' ? 'SIGNED_OUT' : code, { ...problem, message });
}
