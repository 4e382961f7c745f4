import { describe, expect, it } from 'vitest';
import { parseBody, readBody } from '../../../functions/http/body.ts';
import { CancelBody, CloseBody } from '../../../functions/http/schemas.ts';

function faults(text: string, schema: typeof CancelBody | typeof CloseBody = CancelBody): readonly string[] {
  const judged = readBody<unknown>({ body: text }, schema);
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
      reason: '사이즈\n교환 👍🏽',
      refund_holder: '김',
      refund_bank: '88',
      refund_account: '110-1',
      refund_tel: '+82-10',
    };
    expect(readBody({ body: JSON.stringify(body) }, CancelBody)).toEqual({ ok: true, value: body });
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
    [`{"merchant_uid":"${'x'.repeat(41)}"}`, '/merchant_uid', /at most 40/],
    [`{"imp_uid":"${'x'.repeat(33)}"}`, '/imp_uid', /at most 32/],
    ['{"merchant_uid":""}', '/merchant_uid', /empty/],
    ['{"merchant_uid":".."}', '/merchant_uid', /dots/],
    ['{"imp_uid":"."}', '/imp_uid', /dots/],
    ['{"merchant_uid":"a\\u0000b"}', '/merchant_uid', /control/],
    ['{"merchant_uid":"a\\u202eb"}', '/merchant_uid', /direction/],
    ['{"imp_uid":"a\\u200bb"}', '/imp_uid', /invisible/],
    [named('"reason":"a\\u202eb"'), '/reason', /direction/],
    [named('"reason":"a\\u2066b"'), '/reason', /direction/],
    [named('"reason":"a\\ufeffb"'), '/reason', /invisible/],
    [named('"reason":"a\\u2028b"'), '/reason', /control/],
    [named('"reason":null'), '/reason', /string/],
    [named(`"reason":"${'x'.repeat(257)}"`), '/reason', /at most 256/],
    [named('"refund_bank":"00088"'), '/refund_bank', /at most 4/],
    [named('"refund_holder":"  "'), '/refund_holder', /blank/],
    [named('"refund_holder":"\\u3164"'), '/refund_holder', /blank/],
    [named('"refund_account":"110 1"'), '/refund_account', /digits/],
    [named('"refund_account":"---"'), '/refund_account', /digits/],
    [named('"refund_account":"110１"'), '/refund_account', /digits/],
    [named('"refund_tel":"home"'), '/refund_tel', /digits/],
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
    expect(faults('{"cancel_request_amount":"1","checksum":"2","amout":3,"merchant_uid":5}')).toHaveLength(4);
  });

  it('is told its faults in Korean too', () => {
    const judged = readBody({ body: '{"merchant_uid":"","x":1}' }, CancelBody);
    for (const { message } of judged.ok ? [] : judged.errors) expect(message.ko).toMatch(/[가-힣]/);
    expect(judged.ok).toBe(false);
  });

  it('in base64 is read as what it is', () => {
    const body = Buffer.from('{"merchant_uid":"주문"}').toString('base64');
    expect(parseBody({ body, isBase64Encoded: true })).toEqual({ ok: true, value: { merchant_uid: '주문' } });
  });
});

describe('the body of a closing', () => {
  it.each([
    '{"verdict":"executed","cancellation_id":"06JC8FVHJTW2WY16FEY0","evidence":"PG 화면 확인"}',
    '{"verdict":"not_executed","evidence":"asked the PG"}',
  ])('is right: %s', (text) => {
    expect(faults(text, CloseBody)).toEqual([]);
  });

  it.each([
    ['{"evidence":"x"}', '/verdict', /required/],
    ['{"verdict":"not_executed"}', '/evidence', /required/],
    ['{"verdict":"maybe","evidence":"x"}', '/verdict', /executed or not_executed/],
    ['{"verdict":"executed","evidence":"x"}', '/cancellation_id', /required with executed/],
    ['{"verdict":"not_executed","cancellation_id":"c","evidence":"x"}', '/cancellation_id', /does not go/],
    ['{"verdict":"not_executed","evidence":" "}', '/evidence', /blank/],
    [`{"verdict":"not_executed","evidence":"${'x'.repeat(501)}"}`, '/evidence', /at most 500/],
    ['{"verdict":"not_executed","evidance":"x","evidence":"x"}', '/evidance', /did you mean evidence/],
  ])('%s is refused', (text, pointer, rule) => {
    expect(faults(text, CloseBody).find((fault) => fault.startsWith(`${pointer} `))).toMatch(rule);
  });
});
