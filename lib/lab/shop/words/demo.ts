/** The drawer with what no real shop has: i'mport's bad days. */
export const DEMO = {
  /** What the order that each start pays for is called. The table keeps the English name. */
  startedOrder: { ko: '시작할 때 만든 주문', en: 'Demonstration order' },
  tools: { ko: '데모 도구', en: 'Demo tools' },
  toolsHint: { ko: '실제 상점에는 없는 화면입니다.', en: 'No real shop has this.' },
  badDay: { ko: 'PG사 장애 만들기', en: 'Give the PG a bad day' },
  badDayHint: {
    ko: '다음 환불에서 일어날 일을 고른 뒤 환불해 보세요.',
    en: 'Choose what happens to the next refund, then refund something.',
  },
  quietHint: {
    ko: '유실된 요청은 대기 시간(기본 180초)이 지난 뒤에만 다시 보냅니다.',
    en: 'A lost request is sent again only after the quiet period (180 s unless set).',
  },
  moreFaults: { ko: '그 밖의 장애', en: 'More' },
  chooseFault: { ko: '장애 선택', en: 'Choose one' },
  addFault: { ko: '추가', en: 'Add' },
  fault_answer_lost: { ko: '응답 유실', en: 'Answer lost' },
  fault_request_lost: { ko: '요청 유실', en: 'Request lost' },
  fault_slow: { ko: '3초 지연', en: '3 s late' },
  fault_refused: { ko: 'PG사 거절', en: 'Refused' },
  fault_http_502: { ko: '502 오류', en: '502 error' },
  fault_asynchronous: { ko: '접수만 하고 나중에 반영', en: 'Accepted, booked later' },
  fault_console_cancel: { ko: '콘솔에서 먼저 취소', en: 'Console is first' },
  fault_drop_tag: { ko: '취소 사유 지워짐', en: 'Reason dropped' },
  downButton: { ko: '연결 끊기', en: 'Unreachable' },
  isDown: { ko: '지금 아임포트에 연결할 수 없습니다.', en: 'i’mport cannot be reached now.' },
  next: { ko: '대기 중: {names}', en: 'Waiting: {names}' },
  goodDay: { ko: '대기 중인 장애가 없습니다.', en: 'Nothing scripted.' },
  clearFaults: { ko: '모두 지우기', en: 'Clear all' },
  noSimulator: {
    ko: '시뮬레이터가 아닌 아임포트를 쓰고 있습니다.',
    en: 'This run uses an i’mport of its own, not the simulator.',
  },
} as const;
