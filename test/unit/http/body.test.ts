import { describe, expect, it } from 'vitest';
import { parseBody, readBody } from '../../../functions/http/body.ts';
import { saidIn } from '../../../functions/http/requests.ts';
import { cancelRules, closeRules } from '../../../functions/http/schemas.ts';

function faults(
  text: string,
  rules: typeof cancelRules | typeof closeRules = cancelRules,
): readonly string[] {
  const judged = readBody<unknown>({ body: text }, rules);
  return judged.ok ? [] : judged.errors.map(({ pointer, message }) => `${pointer} ${message.en}`);
}

const named = (fields: string) => `{"merchant_uid":"o",${fields}}`;

describe('a body', () => {
  it('with every field right is taken as it is', () => {
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

  it.each([
    ['merchant_uid', 'x'.repeat(255)],
    ['merchant_uid', 'ORDER-2026-07-01-0123456789-0123456789-42'],
    ['imp_uid', 'x'.repeat(32)],
    ['reason', ''],
    ['reason', '가'.repeat(256)],
    ['reference', 'x'.repeat(100)],
    ['refund_holder', '주식회사 가나다라마바사아자차카타파하 대표이사 김하나'],
    ['refund_account', '123456'],
    ['refund_account', '110-1234-567890-12'],
    ['refund_account', '12345678901234567890'],
    ['refund_account', `1${'-'.repeat(26)}23456`.slice(0, 32)],
    ['refund_tel', '02-123-4567'],
  ])('may hold as %s what the field allows at most: %s', (field, value) => {
    expect(faults(JSON.stringify({ merchant_uid: 'o', [field]: value }))).toEqual([]);
  });

  it('may begin with a byte order mark, as text and in base64', () => {
    const body = '\uFEFF{"merchant_uid":"주문"}';
    const expected = { ok: true, value: { merchant_uid: '주문' } };
    expect(readBody({ body }, cancelRules)).toEqual(expected);
    const bytes = Buffer.from(body).toString('base64');
    expect(readBody({ body: bytes, isBase64Encoded: true }, cancelRules)).toEqual(expected);
    expect(faults('\uFEFF').join()).toMatch(/empty/);
    expect(faults('\uFEFF\uFEFF{"merchant_uid":"o"}').join()).toMatch(/valid JSON/);
  });

  it.each([
    [named('"amount":1'), '/amount', /did you mean cancel_request_amount/],
    [named('"cancelRequestAmount":1'), '/cancelRequestAmount', /did you mean cancel_request_amount/],
    ['{"merchantUid":"o"}', '/merchantUid', /did you mean merchant_uid/],
    [named('"retainPromotion":true'), '/retainPromotion', /did you mean retain_promotion/],
    [named('"__proto__":{"x":1}'), '/__proto__', /not a known field/],
    [named('"a/b~":1'), '/a~1b~0', /not a known field/],
    [named('"cancel_request_amount":null'), '/cancel_request_amount', /not null/],
    [named('"cancel_request_amount":0'), '/cancel_request_amount', /greater than 0/],
    [named('"cancel_request_amount":-1'), '/cancel_request_amount', /greater than 0/],
    [named('"cancel_request_amount":"1000"'), '/cancel_request_amount', /not a string/],
    [named('"cancel_request_amount":1000.0000000000000001'), '/cancel_request_amount', /exact/],
    [named('"cancel_request_amount":1e999'), '/cancel_request_amount', /must be/],
    [named('"cancel_request_amount":[1]'), '/cancel_request_amount', /must be a number/],
    [named('"checksum":null'), '/checksum', /not null/],
    [named('"tax_free":-1,"cancel_request_amount":5'), '/tax_free', /negative/],
    [named('"tax_free":1'), '/tax_free', /name cancel_request_amount/],
    [named('"vat_amount":0'), '/vat_amount', /name cancel_request_amount/],
    [named('"retain_promotion":"true"'), '/retain_promotion', /true or false/],
    [named('"escrow_confirmed":1'), '/escrow_confirmed', /true or false/],
    [`{"merchant_uid":"${'x'.repeat(256)}"}`, '/merchant_uid', /at most 255/],
    [`{"imp_uid":"${'x'.repeat(33)}"}`, '/imp_uid', /at most 32/],
    ['{"merchant_uid":""}', '/merchant_uid', /empty/],
    ['{"merchant_uid":".."}', '/merchant_uid', /dots/],
    ['{"merchant_uid":"."}', '/merchant_uid', /dots/],
    ['{"imp_uid":".."}', '/imp_uid', /dots/],
    ['{"imp_uid":"."}', '/imp_uid', /dots/],
    ['{"merchant_uid":"a\\u0000b"}', '/merchant_uid', /control/],
    ['{"merchant_uid":"a\\u202eb"}', '/merchant_uid', /direction/],
    ['{"imp_uid":"a\\u200bb"}', '/imp_uid', /invisible/],
    [named('"returnId":"r"'), '/returnId', /did you mean reference/],
    [named('"reason":"a\\nb"'), '/reason', /line break/],
    [named('"reason":"a\\tb"'), '/reason', /control/],
    [named('"reason":"a\\u001b[31mb"'), '/reason', /control/],
    [named('"reason":"a\\u200db"'), '/reason', /invisible/],
    [named('"reason":"a\\u3164b"'), '/reason', /invisible/],
    [named('"reason":"a\\u034fb"'), '/reason', /invisible/],
    [named('"reason":"a\\ud800b"'), '/reason', /control/],
    [named('"reason":"a\\u202eb"'), '/reason', /direction/],
    [named('"reason":"a\\u2066b"'), '/reason', /direction/],
    [named('"reason":"a\\ufeffb"'), '/reason', /invisible/],
    [named('"reason":"a\\u2028b"'), '/reason', /control/],
    [named('"reason":null'), '/reason', /string/],
    [named(`"reason":"${'x'.repeat(257)}"`), '/reason', /at most 256/],
    [named('"reference":""'), '/reference', /empty/],
    [named('"reference":" "'), '/reference', /blank/],
    [named('"reference":17'), '/reference', /string/],
    [named('"reference":"a\\u200bb"'), '/reference', /invisible/],
    [named('"reference":"a\\nb"'), '/reference', /control/],
    [named(`"reference":"${'x'.repeat(101)}"`), '/reference', /at most 100/],
    [named('"refund_bank":"00088"'), '/refund_bank', /at most 4/],
    [named(`"refund_holder":"${'x'.repeat(51)}"`), '/refund_holder', /at most 50/],
    [named('"refund_holder":"  "'), '/refund_holder', /blank/],
    [named('"refund_holder":"\\u2800"'), '/refund_holder', /blank/],
    [named('"refund_holder":"\\u3164"'), '/refund_holder', /invisible/],
    [named('"refund_account":"110 1"'), '/refund_account', /digits/],
    [named('"refund_account":"---"'), '/refund_account', /at least 6/],
    [named('"refund_account":"1"'), '/refund_account', /at least 6/],
    [named('"refund_account":"12-345"'), '/refund_account', /at least 6/],
    [named(`"refund_account":"${'1'.repeat(21)}"`), '/refund_account', /at most 20 digits/],
    [named(`"refund_account":"123456${'-'.repeat(27)}"`), '/refund_account', /at most 32/],
    [named('"refund_account":1101234567'), '/refund_account', /string/],
    [named('"refund_account":"110１"'), '/refund_account', /digits/],
    [named('"refund_tel":"home"'), '/refund_tel', /digits/],
    [named('"refund_tel":"---"'), '/refund_tel', /digits/],
    [named(`"refund_tel":"${'1'.repeat(21)}"`), '/refund_tel', /at most 20/],
    ['{}', '/merchant_uid', /merchant_uid or imp_uid is required/],
  ])('%s is refused, naming field and rule', (text, pointer, rule) => {
    expect(faults(text).find((fault) => fault.startsWith(`${pointer} `))).toMatch(rule);
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

  it('is told every fault at once', () => {
    expect(
      faults('{"cancel_request_amount":null,"checksum":"2","amout":3,"merchant_uid":5,"reference":""}'),
    ).toHaveLength(5);
    expect(faults('{"tax_free":-1,"vat_amount":"x"}')).toHaveLength(5);
  });

  it('is told its faults in Korean too', () => {
    const judged = readBody({ body: '{"merchant_uid":"","x":1}' }, cancelRules);
    for (const { message } of judged.ok ? [] : judged.errors) expect(message.ko).toMatch(/[가-힣]/);
    expect(judged.ok).toBe(false);
  });

  it('in base64 is read as what it is', () => {
    const body = Buffer.from('{"merchant_uid":"주문"}').toString('base64');
    expect(parseBody({ body, isBase64Encoded: true })).toEqual({ ok: true, value: { merchant_uid: '주문' } });
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

  const executed = (fields: string) => `{"verdict":"executed",${fields},"evidence":"x"}`;

  it.each([
    ['{"evidence":"x"}', '/verdict', /required/],
    ['{"verdict":"not_executed"}', '/evidence', /required/],
    ['{"verdict":"maybe","evidence":"x"}', '/verdict', /executed, not_executed or undone/],
    ['{"verdict":"executed_unlisted","amount":1,"evidence":"x"}', '/verdict', /executed, not_executed/],
    ['{"verdict":"executed","evidence":"x"}', '/cancellation_id', /required with executed/],
    [executed('"entries":[]'), '/entries', /empty/],
    [executed('"entries":{"cancellation_id":"c"}'), '/entries', /list/],
    [executed('"entries":["c"]'), '/entries/0', /\{cancelled_at, amount\}/],
    [executed('"entries":[{}]'), '/entries/0', /\{cancellation_id\}/],
    [executed('"entries":[{"cancelled_at":1}]'), '/entries/0', /\{cancelled_at, amount\}/],
    [executed('"entries":[{"cancellation_id":"c","amount":1}]'), '/entries/0', /\{cancellation_id\}/],
    [executed('"entries":[{"cancellation_id":"c"},{"id":"d"}]'), '/entries/1', /\{cancellation_id\}/],
    [executed('"entries":[{"cancelled_at":1.5,"amount":1}]'), '/entries/0/cancelled_at', /Unix seconds/],
    [executed('"entries":[{"cancelled_at":1,"amount":0}]'), '/entries/0/amount', /greater than 0/],
    [
      executed(`"entries":[${'{"cancellation_id":"c"},'.repeat(50)}{"cancellation_id":"c"}]`),
      '/entries',
      /at most 50/,
    ],
    [executed('"entries":[{"cancellation_id":"c"}],"cancellation_id":"c"'), '/entries', /does not go/],
    [executed('"listed":false'), '/amount', /required with listed/],
    [executed('"listed":true,"amount":1'), '/listed', /must be false/],
    [executed('"listed":false,"amount":1,"cancellation_id":"c"'), '/listed', /does not go/],
    [executed('"listed":false,"amount":1,"entries":[{"cancellation_id":"c"}]'), '/listed', /does not go/],
    [executed('"listed":false,"amount":0'), '/amount', /greater than 0/],
    [executed('"listed":false,"amount":"1"'), '/amount', /not a string/],
    [executed('"amount":1,"cancellation_id":"c"'), '/amount', /listed: false only/],
    [executed('"entry":[{"cancellation_id":"c"}]'), '/entry', /did you mean entries/],
    ['{"verdict":"not_executed","cancellation_id":"c","evidence":"x"}', '/cancellation_id', /executed only/],
    ['{"verdict":"undone","entries":[{"cancellation_id":"c"}],"evidence":"x"}', '/entries', /executed only/],
    ['{"verdict":"undone","listed":false,"amount":1,"evidence":"x"}', '/amount', /executed only/],
    ['{"verdict":"not_executed","evidence":" "}', '/evidence', /blank/],
    ['{"verdict":"not_executed","evidence":"a\\u001bb"}', '/evidence', /control/],
    ['{"verdict":"not_executed","evidence":"a\\u202eb"}', '/evidence', /direction/],
    [`{"verdict":"not_executed","evidence":"${'x'.repeat(501)}"}`, '/evidence', /at most 500/],
    ['{"verdict":"not_executed","evidance":"x","evidence":"x"}', '/evidance', /did you mean evidence/],
  ])('%s is refused, naming field and rule', (text, pointer, broken) => {
    expect(faults(text, closeRules).find((fault) => fault.startsWith(`${pointer} `))).toMatch(broken);
  });
});
