import { describe, expect, it } from 'vitest';
import { parseBody, validateCancelBody } from '../../../functions/http/body.ts';
import { callerOf } from '../../../functions/http/caller.ts';
import { readIdempotencyKey } from '../../../functions/http/idempotency-key.ts';
import { problem, PROBLEM_CODES, refusalProblem, type ProblemCode } from '../../../functions/http/problem.ts';
import { won } from '../../support/model-provider.ts';

function judge(text: string) {
  const parsed = parseBody({ body: text });
  return parsed.ok ? validateCancelBody(parsed.value) : parsed;
}

function faults(text: string): readonly string[] {
  const judged = judge(text);
  return judged.ok ? [] : judged.errors.map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('a body', () => {
  it('with every field right is taken as it is', () => {
    const body = {
      merchant_uid: 'o',
      cancel_request_amount: 14.2,
      checksum: 20,
      tax_free: 0,
      vat_amount: 1,
      reason: '사이즈\n교환',
      refund_holder: '김',
      refund_bank: '88',
      refund_account: '1',
      refund_tel: '2',
    };
    expect(judge(JSON.stringify(body))).toEqual({ ok: true, value: body });
  });

  it.each([
    ['{"merchant_uid":"o","amount":1}', '/amount', /did you mean cancel_request_amount/],
    [
      '{"merchant_uid":"o","cancelRequestAmount":1}',
      '/cancelRequestAmount',
      /did you mean cancel_request_amount/,
    ],
    ['{"merchantUid":"o"}', '/merchantUid', /did you mean merchant_uid/],
    ['{"merchant_uid":"o","__proto__":{"x":1}}', '/__proto__', /not a known field/],
    ['{"merchant_uid":"o","cancel_request_amount":null}', '/cancel_request_amount', /not null/],
    ['{"merchant_uid":"o","cancel_request_amount":0}', '/cancel_request_amount', /greater than 0/],
    ['{"merchant_uid":"o","cancel_request_amount":-1}', '/cancel_request_amount', /greater than 0/],
    ['{"merchant_uid":"o","cancel_request_amount":"1000"}', '/cancel_request_amount', /not a string/],
    ['{"merchant_uid":"o","cancel_request_amount":1000.0000000000000001}', '/cancel_request_amount', /exact/],
    ['{"merchant_uid":"o","cancel_request_amount":1e999}', '/cancel_request_amount', /must be/],
    ['{"merchant_uid":"o","cancel_request_amount":[1]}', '/cancel_request_amount', /must be a number/],
    ['{"merchant_uid":"o","tax_free":-1}', '/tax_free', /negative/],
    [`{"merchant_uid":"${'x'.repeat(41)}"}`, '/merchant_uid', /at most 40/],
    ['{"merchant_uid":""}', '/merchant_uid', /empty/],
    ['{"merchant_uid":"a\\u0000b"}', '/merchant_uid', /control/],
    [`{"merchant_uid":"o","reason":"${'x'.repeat(257)}"}`, '/reason', /at most 256/],
    ['{"merchant_uid":"o","refund_bank":"00088"}', '/refund_bank', /at most 4/],
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

  it('in base64 is read as what it is', () => {
    const body = Buffer.from('{"merchant_uid":"주문"}').toString('base64');
    expect(parseBody({ body, isBase64Encoded: true })).toEqual({ ok: true, value: { merchant_uid: '주문' } });
  });
});

describe('an Idempotency-Key', () => {
  it('is the same key quoted and bare', () => {
    for (const header of ['abc', '"abc"', ' "abc" '])
      expect(readIdempotencyKey(header)).toEqual({ ok: true, value: 'abc' });
    expect(readIdempotencyKey('"a\\"b"')).toEqual({ ok: true, value: 'a"b' });
    expect(readIdempotencyKey(undefined)).toEqual({ ok: true, value: undefined });
  });

  it.each(['', '""', 'x'.repeat(256), 'é', 'a\u0007b'])('that is %j is refused', (header) => {
    expect(readIdempotencyKey(header).ok).toBe(false);
  });
});

describe('a caller', () => {
  const event = (claims: Record<string, unknown>, scopes?: string[]) => ({
    requestContext: { authorizer: { jwt: { claims, scopes: scopes ?? null } } },
  });

  it.each([
    [{ sub: 's', 'cognito:groups': '[refund-staff other]' }, 'staff'],
    [{ sub: 's', 'cognito:groups': '[refund-staff]' }, 'staff'],
    [{ sub: 's', scope: 'openid payments/cancel.any' }, 'staff'],
    [{ sub: 's', 'cognito:groups': '[not-refund-staff]' }, 'customer'],
    [{ sub: 's', 'cognito:groups': '[a,refund-staff]' }, 'customer'],
    [{ sub: 's', 'custom:groups': 'refund-staff' }, 'customer'],
    [{ sub: 's', scope: 'payments/cancel.anything' }, 'customer'],
    [{ sub: 's' }, 'customer'],
  ])('with %j is %s', (claims, kind) => {
    expect(callerOf(event(claims))).toEqual({ kind, sub: 's' });
  });

  it('without a subject, or without a checked token, is nobody', () => {
    for (const nobody of [event({}), event({ sub: '' }), { requestContext: {} }, {}])
      expect(callerOf(nobody)).toBeUndefined();
  });
});

describe('a problem', () => {
  it.each(PROBLEM_CODES)('%s says the same in detail and message, and its status twice', (code) => {
    const answer = problem(code as ProblemCode);
    const body = JSON.parse(answer.body ?? '') as Record<string, unknown>;
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({ code, status: answer.statusCode, message: body['detail'] });
  });

  it("tells what is left in the payment's own unit", () => {
    const answer = refusalProblem({
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
      cancelable: won(1_410),
      currency: 'USD',
    });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ status: 400, cancelable_amount: 14.1 });
  });
});
