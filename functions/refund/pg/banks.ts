/** Code → bank, in the codes of one PG. */
export type Banks = Readonly<Record<string, string>>;

/**
 * Bank codes of the refund account by PG family (IAMPORT 7: developers.portone.io, support/code-info/pg-1). A bank has up to four
 * codes. A code of the wrong family names no bank at this PG, so it is refused before anything is sent.
 */
const THREE_DIGITS = banksIn(`
  004 KB국민 023 SC제일 039 경남 034 광주 003 기업 011 농협 031 대구 032 부산 002 산업 045 새마을 007 수협
  088 신한 048 신협 081 하나 020 우리 071 우체국 037 전북 012 축협 090 카카오 089 케이 027 씨티 092 토스`);
const KCP = recoded((digits) => `BK${digits.slice(1)}`);
const INICIS = recoded((digits) => digits.slice(1));
/** Kiwoom has its own numbers: its 11 is SC제일, while KG Inicis' 11 is 농협. */
const DAOU = banksIn('04 KB국민 11 SC제일 03 기업 08 농협 15 부산 10 신한 12 하나 09 우리 31 우체국 05 외환');
const NICE_V2 = only('004 023 034 003 011 031 032 088 081 020 071 089');
const WELCOME = only('004 034 039 003 031 032 007 088 081 020 037 089');

/** Codes and names in turn. @throws when a code stands twice */
function banksIn(text: string): Banks {
  const pairs = [...text.matchAll(/(\d+) (\S+)/g)].map(([, code = '', bank = '']) => [code, bank] as const);
  const banks = Object.fromEntries(pairs);
  if (Object.keys(banks).length < pairs.length) throw new Error(`Bug: a bank code stands twice in ${text}`);
  return banks;
}

function recoded(code: (threeDigits: string) => string): Banks {
  return Object.fromEntries(Object.entries(THREE_DIGITS).map(([digits, bank]) => [code(digits), bank]));
}

/** A code missing from the table becomes its own name, which a test detects. */
function only(codes: string): Banks {
  return Object.fromEntries(codes.split(' ').map((code) => [code, THREE_DIGITS[code] ?? code]));
}

/** The banks of every PG with a published table, by `pg_provider`; a page that asks for an account offers these. */
export const BANKS_BY_PG: ReadonlyMap<string, Banks> = new Map(
  (
    [
      ['kcp kcp_billing kcp_quick', KCP],
      ['html5_inicis inicis inicis_unified', INICIS],
      ['tosspayments uplus danal danal_tpay nice kicc smartro smartro_v2 settle settle_acc', THREE_DIGITS],
      ['daou', DAOU],
      ['nice_v2', NICE_V2],
      ['welcome', WELCOME],
    ] as const
  ).flatMap(([pgs, banks]) => pgs.split(' ').map((pg) => [pg, banks])),
);

/** Undefined for a PG without a published table, where i'mport decides. */
export function banksOf(pgProvider: string | undefined): Banks | undefined {
  return pgProvider === undefined ? undefined : BANKS_BY_PG.get(pgProvider);
}

/**
 * This PG's codes of the banks that the code means at other PGs. Several when other PGs use the code for two banks: only the
 * caller knows which is meant, so the codes are named and never substituted.
 */
export function meantBy(code: string, banks: Banks): Banks {
  const written = code.trim().toUpperCase();
  const names = new Set([...BANKS_BY_PG.values()].flatMap((others) => others[written] ?? []));
  return Object.fromEntries(Object.entries(banks).filter(([, name]) => names.has(name)));
}
