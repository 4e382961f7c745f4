/**
 * Bank codes of the refund account by PG family (i'mport documentation, code-info "은행 코드"). The same bank has up
 * to four codes; a code of the wrong family would send the money nowhere, so it is refused before anything is sent.
 */
const THREE_DIGITS: Readonly<Record<string, string>> = {
  '004': 'KB국민',
  '023': 'SC제일',
  '039': '경남',
  '034': '광주',
  '003': '기업',
  '011': '농협',
  '031': '대구',
  '032': '부산',
  '002': '산업',
  '045': '새마을',
  '007': '수협',
  '088': '신한',
  '048': '신협',
  '081': '하나',
  '020': '우리',
  '071': '우체국',
  '037': '전북',
  '012': '축협',
  '090': '카카오',
  '089': '케이',
  '027': '씨티',
  '092': '토스',
};

function recoded(code: (threeDigits: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(THREE_DIGITS).map(([digits, bank]) => [code(digits), bank]));
}

function only(codes: string): Readonly<Record<string, string>> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, THREE_DIGITS[code] ?? code]));
}

const KCP = recoded((digits) => `BK${digits.slice(1)}`);
const INICIS = recoded((digits) => digits.slice(1));
const DAOU: Readonly<Record<string, string>> = {
  '04': 'KB국민',
  '11': 'SC제일',
  '03': '기업',
  '08': '농협',
  '15': '부산',
  '10': '신한',
  '12': '하나',
  '09': '우리',
  '31': '우체국',
  '05': '외환',
};
const NICE_V2 = only('004 023 034 003 011 031 032 088 081 020 071 089');
const WELCOME = only('004 034 039 003 031 032 007 088 081 020 037 089');

const BANKS_BY_PG: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ...['kcp', 'kcp_billing', 'kcp_quick'].map((pg) => [pg, KCP] as const),
  ...['html5_inicis', 'inicis', 'inicis_unified'].map((pg) => [pg, INICIS] as const),
  ...[
    'tosspayments',
    'uplus',
    'danal',
    'danal_tpay',
    'nice',
    'kicc',
    'smartro',
    'smartro_v2',
    'settle',
    'settle_acc',
  ].map((pg) => [pg, THREE_DIGITS] as const),
  ['daou', DAOU],
  ['nice_v2', NICE_V2],
  ['welcome', WELCOME],
]);

/** Code → bank of a PG; undefined for a PG whose table is not published, where i'mport is the judge. */
export function banksOf(pgProvider: string | undefined): Readonly<Record<string, string>> | undefined {
  return pgProvider === undefined ? undefined : BANKS_BY_PG.get(pgProvider);
}
