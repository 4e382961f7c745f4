/** The time line, and why a look could not decide. */
export const TIMELINE = {
  t_paid: { ko: '{amount} 결제', en: 'Paid {amount}' },
  t_asked: {
    ko: '{who} {amount} 환불 요청 (취소 가능 금액 {left})',
    en: '{who} asks for {amount} of {left}',
  },
  t_sent: { ko: 'PG사에 {n}번째 요청', en: 'Sent to the PG, attempt {n}' },
  t_answered: { ko: '응답: {answer}', en: 'Answer: {answer}' },
  t_answer_done: { ko: 'PG사 응답: 성공', en: 'Answer: done' },
  t_answer_accepted: { ko: 'PG사 응답: 접수됨, 아직 반영 전', en: 'Answer: accepted, not booked yet' },
  t_answer_not_sent: { ko: '요청을 보내지 못함', en: 'Not sent' },
  t_answer_unknown: { ko: '응답을 받지 못함', en: 'No answer' },
  t_unknown: {
    ko: '결과를 알 수 없음. {n}번 확인, 이 시각부터 다시 확인',
    en: 'Not known yet. Looks so far: {n}, the next one from this time on',
  },
  t_accepted: {
    ko: '접수됨, 아직 반영 전. {n}번 확인, 이 시각부터 다시 확인',
    en: 'Accepted, not booked. Looks so far: {n}, the next one from this time on',
  },
  t_cancelled: { ko: '환불 완료 · 근거: {evidence}', en: 'Refunded. Proof: {evidence}' },
  t_rejected: { ko: '환불 거절: {why} · 근거: {evidence}', en: 'Refused: {why} Proof: {evidence}' },
  t_not_executed: { ko: '처리되지 않음 (요청이 전달되지 않음)', en: 'Not carried out: nothing was sent' },
  t_elsewhere: { ko: '다른 곳에서 {amount} 취소: {reason}', en: '{amount} cancelled elsewhere: {reason}' },
  t_corrected: { ko: '환불 완료로 정정 · 근거: {evidence}', en: 'Refunded after all. Proof: {evidence}' },
  t_odd: {
    ko: '알 수 없는 태그의 취소 {amount}: {reason}',
    en: '{amount} cancelled under an unknown tag: {reason}',
  },
  evidence_answer: { ko: 'PG사 응답', en: 'the answer itself' },
  evidence_people: { ko: '직원 두 명의 확인', en: 'two members of staff' },
  evidence_read_back: { ko: '아임포트 재조회', en: 'the payment read back from i’mport' },
  noMoments: { ko: '아직 기록이 없습니다.', en: 'Nothing yet.' },
  doubt_otherPayment: {
    ko: '아임포트가 다른 결제번호로 응답했습니다.',
    en: 'i’mport answers with another payment.',
  },
  doubt_otherOrder: {
    ko: '아임포트의 주문번호가 우리와 다릅니다.',
    en: 'i’mport holds it under another order number.',
  },
  doubt_otherCurrency: {
    ko: '아임포트의 통화가 우리와 다릅니다.',
    en: 'i’mport holds it in another currency.',
  },
  doubt_otherAmount: {
    ko: '아임포트의 결제 금액이 우리와 다릅니다.',
    en: 'i’mport holds another paid amount.',
  },
  doubt_missing: { ko: '아임포트에 없는 결제입니다.', en: 'i’mport does not know the payment.' },
  doubt_shrunk: {
    ko: '아임포트의 취소 금액이 전보다 줄었습니다.',
    en: 'i’mport has cancelled less than before.',
  },
  doubt_stillAlive: { ko: '요청이 아직 처리될 수 있습니다.', en: 'The request may still be carried out.' },
  doubt_accepted: { ko: 'PG사가 접수했지만 아직 반영하지 않았습니다.', en: 'Accepted, but not booked yet.' },
  doubt_acceptedAndMoved: {
    ko: 'PG사가 접수한 뒤 다른 취소로 잔액이 바뀌었습니다.',
    en: 'Accepted, and the balance was moved by somebody else.',
  },
  doubt_asynchronous: {
    ko: '나중에 반영하는 PG사이며, 아직 반영되지 않았습니다.',
    en: 'This PG books later, and has not booked it.',
  },
  doubt_asynchronousAndMoved: {
    ko: '나중에 반영하는 PG사이며, 다른 취소로 잔액이 바뀌었습니다.',
    en: 'This PG books later, and the balance was moved by somebody else.',
  },
  doubt_couldBeOurs: {
    ko: '태그가 없는 취소 내역이 이 환불일 수 있습니다.',
    en: 'An entry without a tag could be this refund.',
  },
  doubt_doesNotAddUp: {
    ko: '아임포트의 취소 내역 합계가 취소 금액과 맞지 않습니다.',
    en: 'i’mport’s history does not add up.',
  },
} as const;
