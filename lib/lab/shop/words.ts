import { SHARED_WORDS } from '../../desk/words.ts';
import { speaker, type Words } from '../../desk/text.ts';

/** The texts of the shop. Outcomes of a refund have the texts of the browser client. */
export const WORDS = {
  ...SHARED_WORDS,
  shopName: { ko: '오늘상점(데모)', en: 'Today Store (demo)' },
  customer: { ko: '김하늘 님', en: 'Kim Haneul' },
  apiPage: { ko: 'API 문서(영어)', en: 'API reference' },

  orders: { ko: '주문 내역', en: 'Your orders' },
  noOrders: { ko: '아직 주문이 없습니다.', en: 'No orders yet.' },
  loadFailed: { ko: '내용을 불러오지 못했습니다.', en: 'This could not be loaded.' },
  notThere: { ko: '주문을 찾을 수 없습니다.', en: 'There is no such order.' },
  toOrders: { ko: '주문 내역으로', en: 'Back to your orders' },
  offline: {
    ko: '인터넷 연결이 끊겼습니다. 마지막으로 확인한 내용이며, 지금은 환불을 요청할 수 없습니다.',
    en: 'You are offline. This is what was last known, and you cannot request a refund now.',
  },
  stale: {
    ko: '최신 내용을 확인하지 못했습니다. 마지막으로 확인한 내용입니다.',
    en: 'The latest could not be loaded. This is what was last known.',
  },

  state_all: { ko: '전액 환불', en: 'Refunded' },
  state_doubt: { ko: '환불 확인 중', en: 'Refund pending' },
  state_several: { ko: '중복 결제', en: 'Paid twice' },
  orderNumber: { ko: '주문번호', en: 'Order number' },
  paymentId: { ko: '결제번호', en: 'Payment ID' },
  payMethod: { ko: '결제수단', en: 'Payment method' },
  refunded: { ko: '환불 금액', en: 'Refunded' },
  left: { ko: '환불 가능 금액', en: 'Refundable' },
  several: {
    ko: '이 주문은 결제가 {n}건입니다. 환불할 결제를 선택해 주세요.',
    en: 'This order was paid {n} times. Choose the payment to refund.',
  },

  refundTitle: { ko: '환불 요청', en: 'Request a refund' },
  howMuch: { ko: '환불 금액', en: 'Amount' },
  everything: { ko: '전액 {amount}', en: 'All {amount}' },
  rest: { ko: '남은 금액 {amount}', en: 'The remaining {amount}' },
  part: { ko: '일부 금액', en: 'Part of it' },
  partAmount: { ko: '환불받을 금액', en: 'Amount to refund' },
  amount_empty: { ko: '환불받을 금액을 입력해 주세요.', en: 'Enter the amount to refund.' },
  reason: { ko: '환불 사유(선택)', en: 'Reason (optional)' },
  accountHint: {
    ko: '이 결제는 계좌로 환불됩니다. 계좌 정보는 이 요청에만 쓰고 저장하지 않습니다.',
    en: 'This payment is refunded to a bank account. The details are used for this request only, and not kept.',
  },
  request: { ko: '환불 요청하기', en: 'Request the refund' },
  mayNot_all: { ko: '전액 환불된 주문입니다.', en: 'This order has been fully refunded.' },
  mayNot_unpaid: { ko: '결제가 완료되지 않은 주문입니다.', en: 'This order has not been paid.' },
  mayNot_doubt: {
    ko: '진행 중인 환불의 결과가 확인되면 다시 요청할 수 있습니다.',
    en: 'You can request another refund when the result of the one in progress is known.',
  },
  mayNot_rule: {
    ko: '이 결제는 결제수단의 규정 때문에 지금 환불할 수 없습니다. 판매자에게 문의해 주세요.',
    en: 'The rules of this payment method do not allow a refund now. Please contact the shop.',
  },
  onlyAll: {
    ko: '이 결제수단은 일부 금액만 환불할 수 없습니다.',
    en: 'This payment method allows a full refund only.',
  },
  confirmTitle: { ko: '{amount} 환불을 요청할까요?', en: 'Request a refund of {amount}?' },
  confirmHint: { ko: '요청한 뒤에는 되돌릴 수 없습니다.', en: 'It cannot be undone.' },
  toAccount: { ko: '입금 계좌', en: 'To account' },

  expected: { ko: '{date}까지 입금될 예정입니다.', en: 'The money should arrive by {date}.' },
  cardHint: {
    ko: '카드사에 따라 3~5영업일 뒤에 취소 내역이 보일 수 있습니다.',
    en: 'It can take 3 to 5 business days until your card shows it.',
  },
  mayLeave: {
    ko: '이 화면을 닫아도 됩니다. 다시 열면 결과를 확인합니다.',
    en: 'You can leave this page. Open it again, and it looks for the result.',
  },
  lookAgain: { ko: '결과 다시 확인', en: 'Check again' },
  askAgain: { ko: '다시 요청', en: 'Ask again' },
  forget: { ko: '요청 지우기', en: 'Forget this request' },
  forgetHint: {
    ko: '이 브라우저에서만 지웁니다. 이미 전달된 요청은 멈추지 않습니다.',
    en: 'This forgets it in this browser only. What has been sent already is not stopped.',
  },
  earlier: { ko: '전에 요청한 환불: {amount}, {time}', en: 'Earlier request: {amount}, {time}' },
  notSentNow: { ko: '지금 요청한 {amount}은 보내지 않았습니다.', en: '{amount} was not requested now.' },

  history: { ko: '환불 내역', en: 'Refunds' },
  noRefunds: { ko: '환불 내역이 없습니다.', en: 'No refunds.' },
  newestOnly: { ko: '최근 {n}건입니다.', en: 'These are the newest {n}.' },
  t_doubt: {
    ko: '결과를 확인하고 있습니다. 아직 환불되었는지 알 수 없습니다.',
    en: 'The result is being found out. It is not known yet whether it was refunded.',
  },
  t_drift: {
    ko: '자동으로 확인할 수 없어 사람이 확인해야 합니다. 급하면 판매자에게 문의해 주세요.',
    en: 'It cannot be found out automatically, so people have to. If it is urgent, please contact the shop.',
  },
  t_cancelled: { ko: '{amount} 환불되었습니다.', en: '{amount} was refunded.' },
  t_corrected: {
    ko: '다시 확인한 결과, {amount} 환불되었습니다. 앞선 안내를 바로잡습니다.',
    en: 'It was found later that {amount} was refunded. This corrects what was told before.',
  },
  t_undone: {
    ko: 'PG사에서 이 환불이 되돌려졌습니다. 판매자에게 문의해 주세요.',
    en: 'The payment provider has undone this refund. Please contact the shop.',
  },

  tools: { ko: '데모 도구(실제 상점에는 없습니다)', en: 'Demonstration tools (no real shop has them)' },
  toolsHint: {
    ko: '다음 환불에서 PG사에 일어날 일을 고른 뒤 환불을 요청해 보세요.',
    en: 'Choose what happens to the next refund at the provider, then request a refund.',
  },
  fault_answer_lost: { ko: '환불되지만 응답 유실', en: 'Refunded, the answer is lost' },
  fault_request_lost: { ko: '요청 유실', en: 'The request is lost' },
  fault_refused: { ko: 'PG사 거절', en: 'Refused' },
  fault_http_502: { ko: '환불되지만 502 오류', en: 'Refunded, but a 502 error' },
  fault_asynchronous: { ko: '접수 후 나중에 처리', en: 'Accepted, done later' },
  waiting: { ko: '대기 중: {names}', en: 'Waiting: {names}' },
  nothingWaits: { ko: '대기 중인 장애가 없습니다.', en: 'No fault is waiting.' },
  clearFaults: { ko: '장애 지우기', en: 'Clear the faults' },
  resolveNow: { ko: '지금 결과 확인', en: 'Resolve now' },
  placeOrders: { ko: '새 주문 만들기', en: 'Place new orders' },
  toolFailed: { ko: '할 수 없었습니다.', en: 'That did not work.' },
} as const satisfies Words;

export const { say, nameOf } = speaker(WORDS);
