import { speaker, type Words } from './text.ts';

/** The texts for decisions by people: closing a refund, and the reports of reconciliation. */
export const WORDS_OF_PEOPLE = {
  close: { ko: '두 사람이 종결하기', en: 'Close it, by two people' },
  closeUndone: { ko: 'PG사가 이 취소를 되돌렸나요?', en: 'Has the PG undone this cancel?' },
  closeHint: {
    ko: '포트원 콘솔과 PG사 콘솔을 모두 확인하세요. 한 사람이 제안하고 다른 사람이 같은 판정에 동의하면 종결됩니다. 돈은 움직이지 않습니다.',
    en: 'Look at i’mport’s console and at the PG’s. One of you proposes, another one agrees with the same verdict. No money moves.',
  },
  verdict: { ko: 'PG사가 확인한 것', en: 'What the PG says' },
  verdict_executed: { ko: '처리됨', en: 'Executed' },
  verdict_unlisted: { ko: '처리됨(포트원 내역에 없음)', en: 'Executed, not listed' },
  verdict_not_executed: { ko: '처리되지 않음', en: 'Not executed' },
  verdict_undone: { ko: '취소를 되돌림', en: 'Undone' },
  hint_executed: {
    ko: 'PG사가 처리했고 아래 포트원 취소 내역이 이 환불입니다.',
    en: 'The PG has carried it out, and these entries of i’mport’s history are this refund.',
  },
  hint_unlisted: {
    ko: 'PG사가 이 금액을 처리했다고 확인했지만 포트원 내역에 없습니다.',
    en: 'The PG confirms that it has paid back this amount, and i’mport shows no entry of it.',
  },
  hint_not_executed: {
    ko: 'PG사가 처리하지 않았고 앞으로도 처리될 수 없다고 확인했습니다. 이 확인이 없으면 열어 두세요.',
    en: 'The PG confirms that it has not carried it out, and that it never can be. Without that, leave it open.',
  },
  hint_undone: {
    ko: 'PG사가 이미 처리한 취소를 되돌렸다고(원복) 확인했습니다.',
    en: 'The PG confirms that it has undone a cancel that it had carried out.',
  },
  entries: { ko: '이 환불인 취소 내역', en: 'Entries that are this refund' },
  noEntries: { ko: '고를 수 있는 취소 내역이 없습니다.', en: 'There is no entry to choose.' },
  entryTooOld: { ko: '요청 전의 내역', en: 'older than the request' },
  entryHeld: { ko: '다른 환불의 내역', en: 'another refund’s' },
  entryTooMuch: { ko: '요청보다 많음', en: 'more than was asked' },
  chooseEntry: { ko: '취소 내역을 하나 이상 선택해 주세요.', en: 'Choose at least one entry.' },
  unlistedAmount: { ko: 'PG사가 처리한 금액', en: 'What the PG has paid back' },
  evidence: { ko: '근거', en: 'Evidence' },
  evidenceHint: {
    ko: '누구에게 무엇을 확인했는지 적습니다. 개인정보는 적지 마세요.',
    en: 'Whom you asked and what you saw. No personal data.',
  },
  fillIn: { ko: '입력해 주세요.', en: 'Please fill this in.' },
  proposedBy: { ko: '{who} 님이 {time}에 제안했습니다.', en: 'Proposed by {who} at {time}.' },
  proposalYours: {
    ko: '내가 제안했습니다. 다른 담당자가 동의해야 종결됩니다.',
    en: 'This is your proposal. Another member of staff has to agree.',
  },
  proposalOthers: {
    ko: '직접 PG사에 확인한 뒤, 같은 판정이면 근거를 적고 동의해 주세요.',
    en: 'Ask the PG yourself. If you find the same, write your evidence and agree.',
  },
  propose: { ko: '제안하기', en: 'Propose' },
  agree: { ko: '동의하고 종결', en: 'Agree and close' },
  proposed: {
    ko: '제안했습니다. 24시간 안에 다른 담당자가 동의하면 종결됩니다.',
    en: 'Proposed. It is closed when another member of staff agrees within 24 hours.',
  },
  closed: { ko: '종결되었습니다.', en: 'It is closed.' },

  reports: { ko: '대사 결과', en: 'Reconciliation' },
  reportsHint: {
    ko: '장부를 포트원과 매시간, 그리고 매일 밤 최근 90일을 비교합니다.',
    en: 'The ledger is compared with i’mport every hour, and the last 90 days every night.',
  },
  noReports: { ko: '아직 비교한 결과가 없습니다.', en: 'Nothing has been compared yet.' },
  window_recent: { ko: '매시간 대사', en: 'Hourly' },
  window_full: { ko: '야간 전체 대사', en: 'Nightly' },
  window_by_hand: { ko: '수동 대사', en: 'By hand' },
  underWay: { ko: '진행 중 {percent}%', en: 'Under way, {percent}%' },
  finished: { ko: '완료 {time}', en: 'Finished {time}' },
  span: { ko: '대상 기간', en: 'Period' },
  compared: { ko: '비교한 결제', en: 'Payments compared' },
  booked: { ko: '새로 기록한 취소', en: 'Cancels booked' },
  imported: { ko: '새로 가져온 결제', en: 'Payments imported' },
  explained: { ko: '설명된 취소', en: 'Explained' },
  unexplained: { ko: '확인할 금액', en: 'In question' },
  acknowledgedSum: { ko: '확인 처리된 금액', en: 'Acknowledged' },
  nothing: { ko: '없음', en: 'None' },
  unreached: {
    ko: '야간 대사가 {from} ~ {to} 기간을 다 보지 못했습니다({percent}%).',
    en: 'The nightly comparison has not reached all of {from} to {to} ({percent}%).',
  },
  findings: { ko: '발견한 차이', en: 'Findings' },
  noFindings: { ko: '차이가 없습니다.', en: 'No differences.' },
  allAcknowledged: { ko: '모두 확인 처리되었습니다.', en: 'All are acknowledged.' },
  inQuestion: { ko: '돈 확인 필요', en: 'Money in question' },
  told: { ko: '알림', en: 'For information' },
  acknowledged: { ko: '확인 처리됨', en: 'Acknowledged' },
  acknowledge: { ko: '확인 처리', en: 'Acknowledge' },
  acknowledgeHint: {
    ko: '무엇을 확인했고 왜 더 할 일이 없는지 적습니다. 알람이 꺼지고, 내용이 바뀌면 다시 울립니다.',
    en: 'What was found out, and why nothing else has to be done. The alarm ends, and rings again when it changes.',
  },
  note: { ko: '확인한 내용', en: 'Note' },
  acknowledgedBy: { ko: '{who}, {time}', en: '{who}, {time}' },
  acknowledgedNow: { ko: '확인 처리했습니다.', en: 'Acknowledged.' },
} as const satisfies Words;

export const people = speaker(WORDS_OF_PEOPLE);
