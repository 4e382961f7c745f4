import { describe, expect, it } from 'vitest';
import { readBody } from '../../../functions/http/body.ts';
import { saidIn } from '../../../functions/http/requests.ts';
import { cancelRules, closeRules } from '../../../functions/http/schemas.ts';

function faults(
  text: string,
  rules: typeof cancelRules | typeof closeRules = cancelRules,
): readonly string[] {
  const judged = readBody<unknown>({ body: text }, rules);
  return judged.ok ? [] : judged.errors.map(({ pointer, message }) => `${pointer} ${message.en}`);
}

describe('the body of a cancel', () => {
  it('a body with every field valid is accepted unchanged', () => {
    const body = {
      merchant_uid: 'o',
      imp_uid: 'imp_1',
      cancel_request_amount: 14.2,
      checksum: 20,
      tax_free: 0,
      vat_amount: 1,
      retain_promotion: false,
      escrow_confirmed: true,
      reason: '사이즈 교환 👍🏽❤️',
      reference: '반품 17/A',
      refund_holder: '김',
      refund_bank: '88',
      refund_account: '110-123-456789',
      refund_tel: '+82-10-1234-5678',
    };
    expect(readBody({ body: JSON.stringify(body) }, cancelRules)).toEqual({ ok: true, value: body });
  });

  it.for([
    ['merchant_uid', 'x'.repeat(255)],
    ['imp_uid', 'x'.repeat(32)],
    ['reason', ''],
    ['reason', '가'.repeat(256)],
    ['reference', 'x'.repeat(100)],
    ['refund_holder', '주식회사 가나다라마바사아자차카타파하 대표이사 김하나'],
    ['refund_account', '123456'],
    ['refund_account', '12345678901234567890'],
    ['refund_account', `1${'-'.repeat(26)}23456`],
  ] as const)('a body may hold as %s the shortest or longest value: %s', ([field, value]) => {
    expect(faults(JSON.stringify({ merchant_uid: 'o', [field]: value }))).toEqual([]);
  });

  it('a body may start with a byte order mark, as text and in base64', () => {
    const body = '\uFEFF{"merchant_uid":"주문"}';
    const expected = { ok: true, value: { merchant_uid: '주문' } };
    expect(readBody({ body }, cancelRules)).toEqual(expected);
    const bytes = Buffer.from(body).toString('base64');
    expect(readBody({ body: bytes, isBase64Encoded: true }, cancelRules)).toEqual(expected);
    expect(faults('\uFEFF').join()).toMatch(/empty/);
    expect(faults('\uFEFF\uFEFF{"merchant_uid":"o"}').join()).toMatch(/valid JSON/);
  });

  it.for<[field: string, written: readonly string[], rule: RegExp]>([
    ['amount', ['1'], /did you mean cancel_request_amount/],
    ['merchantUid', ['"o"'], /did you mean merchant_uid/],
    ['__proto__', ['{"x":1}'], /not a known field/],
    ['a~1b~0', ['1'], /not a known field/],
    ['cancel_request_amount', ['null', '"1000"', '1000.0000000000000001'], /exact.*not a string, not null/],
    ['cancel_request_amount', ['0', '-1'], /greater than 0/],
    ['cancel_request_amount', ['1e999'], /must be/],
    ['checksum', ['null'], /not null/],
    ['tax_free', ['-1'], /negative/],
    ['tax_free', ['1'], /name cancel_request_amount/],
    ['vat_amount', ['0'], /name cancel_request_amount/],
    ['retain_promotion', ['"true"', '1'], /true or false/],
    ['merchant_uid', [`"${'x'.repeat(256)}"`], /at most 255/],
    ['merchant_uid', ['""'], /empty/],
    ['merchant_uid', ['".."', '"."'], /dots/],
    ['merchant_uid', ['"a\\u0000b"', '"a\\u202eb"'], /control characters.*direction/],
    ['imp_uid', [`"${'x'.repeat(33)}"`], /at most 32/],
    [
      'reason',
      ['"a\\nb"', '"a\\u001b[31mb"', '"a\\ud800b"', '"a\\u2028b"', '"a\\u2066b"'],
      /control.*line break/,
    ],
    ['reason', ['"a\\u200db"', '"a\\u3164b"', '"a\\u034fb"', '"a\\ufeffb"'], /invisible/],
    ['reason', ['null'], /string/],
    ['reason', [`"${'x'.repeat(257)}"`], /at most 256/],
    ['reference', ['" "', '"\\u2800"'], /blank/],
    ['reference', ['"a\\u200bb"'], /control/],
    ['reference', [`"${'x'.repeat(101)}"`], /at most 100/],
    ['refund_bank', ['"00088"'], /at most 4/],
    ['refund_holder', [`"${'x'.repeat(51)}"`], /at most 50/],
    ['refund_account', ['"110 1"', '"110１"'], /digits/],
    ['refund_account', ['"---"', '"12-345"', `"${'1'.repeat(21)}"`], /at least 6 and at most 20 digits/],
    ['refund_account', [`"123456${'-'.repeat(27)}"`], /at most 32/],
    ['refund_tel', ['"home"', '"---"'], /digits/],
    ['refund_tel', [`"${'1'.repeat(21)}"`], /at most 20/],
  ])('a body with %s: %j is refused, naming field and rule', ([field, written, rule]) => {
    const name = field.replace('~1', '/').replace('~0', '~');
    for (const value of written)
      expect(faults(`{"${name}":${value}}`).find((fault) => fault.startsWith(`/${field} `))).toMatch(rule);
  });

  it('a body that names no payment is refused', () => {
    expect(faults('{}')).toEqual(['/merchant_uid merchant_uid or imp_uid is required']);
  });

  it.each([
    ['', /empty/],
    ['{', /valid JSON/],
    ['{"merchant_uid":"o","cancel_request_amount":NaN}', /valid JSON/],
    ['null', /JSON object/],
    ['[1]', /JSON object/],
    ['"x"', /JSON object/],
    ['{"merchant_uid":"o","cancel_request_amount":1,"cancel_request_amount":9}', /twice/],
    [`{"reason":"${'x'.repeat(20_000)}"}`, /at most 16384 bytes/],
    ['['.repeat(8_000), /valid JSON/],
  ])('%s is refused as a whole', (text, rule) => {
    expect(faults(text).join()).toMatch(rule);
  });

  it('all faults of a body are reported at once, in Korean, too', () => {
    const body = '{"cancel_request_amount":null,"checksum":"2","amout":3,"merchant_uid":5,"reference":""}';
    const judged = readBody({ body }, cancelRules);
    const errors = judged.ok ? [] : judged.errors;
    expect(errors).toHaveLength(5);
    for (const { message } of errors) expect(message.ko).toMatch(/[가-힣]/);
    expect(faults('{"tax_free":-1,"vat_amount":"x"}')).toHaveLength(5);
  });
});

describe('the body of a closing', () => {
  const said = (text: string) => {
    const judged = readBody({ body: text }, closeRules);
    return judged.ok ? saidIn(judged.value) : judged.errors;
  };

  it.each([
    ['{"verdict":"not_executed","evidence":"asked the PG"}', { verdict: 'not_executed' }],
    ['{"verdict":"undone","evidence":"원복\\n확인"}', { verdict: 'undone' }],
    [
      '{"verdict":"executed","cancellation_id":"c-1","evidence":"PG 화면 확인"}',
      { verdict: 'executed', entries: [{ cancellationId: 'c-1' }] },
    ],
    [
      '{"verdict":"executed","entries":[{"cancellation_id":"c-1"},{"cancelled_at":1782900000,"amount":14.2}],"evidence":"x"}',
      {
        verdict: 'executed',
        entries: [{ cancellationId: 'c-1' }, { cancelledAtMs: 1_782_900_000_000, amount: 14.2 }],
      },
    ],
    [
      '{"verdict":"executed","listed":false,"amount":2000,"evidence":"x"}',
      { verdict: 'executed_unlisted', amount: 2_000 },
    ],
  ])('%s says what became of the refund', (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  const E = '"verdict":"executed"';
  const N = '"verdict":"not_executed"';
  const C = '{"cancellation_id":"c"}';

  it.for<[fields: string, pointer: string, rule: RegExp]>([
    ['', '/verdict', /required/],
    ['"verdict":"executed_unlisted","amount":1', '/verdict', /executed, not_executed or undone/],
    [E, '/cancellation_id', /required with executed/],
    [`${E},"entries":[]`, '/entries', /empty/],
    [`${E},"entries":{"cancellation_id":"c"}`, '/entries', /list/],
    [`${E},"entries":[{"cancellation_id":"c","amount":1}]`, '/entries/0', /\{cancellation_id\}/],
    [`${E},"entries":[${C},{"cancelled_at":1}]`, '/entries/1', /\{cancelled_at, amount\}/],
    [`${E},"entries":[{"cancelled_at":1.5,"amount":1}]`, '/entries/0/cancelled_at', /Unix seconds/],
    [`${E},"entries":[{"cancelled_at":1,"amount":0}]`, '/entries/0/amount', /greater than 0/],
    [`${E},"entries":[${Array.from({ length: 51 }, () => C).join()}]`, '/entries', /at most 50/],
    [`${E},"entries":[${C}],"cancellation_id":"c"`, '/entries', /does not go/],
    [`${E},"listed":false`, '/amount', /required with listed/],
    [`${E},"listed":true,"amount":1`, '/listed', /must be false/],
    [`${E},"listed":false,"amount":1,"cancellation_id":"c"`, '/listed', /does not go/],
    [`${E},"listed":false,"amount":1,"entries":[${C}]`, '/listed', /does not go/],
    [`${E},"listed":false,"amount":"1"`, '/amount', /not a string/],
    [`${E},"amount":1,"cancellation_id":"c"`, '/amount', /listed: false only/],
    [`${N},"cancellation_id":"c"`, '/cancellation_id', /executed only/],
    [`"verdict":"undone","entries":[${C}]`, '/entries', /executed only/],
    ['"verdict":"undone","listed":false,"amount":1', '/amount', /executed only/],
    [`${N},"evidence":" "`, '/evidence', /blank/],
    [`${N},"evidence":"a\\u202eb"`, '/evidence', /control.*direction/],
    [`${N},"evidence":"${'x'.repeat(501)}"`, '/evidence', /at most 500/],
    [`${N},"evidance":"x"`, '/evidance', /did you mean evidence/],
  ])('%s is refused, naming field and rule', ([fields, pointer, rule]) => {
    const evidence = fields.includes('evid') ? '' : `"evidence":"x"${fields && ','}`;
    expect(
      faults(`{${evidence}${fields}}`, closeRules).find((fault) => fault.startsWith(`${pointer} `)),
    ).toMatch(rule);
  });
});
