import { describe, expect, it } from 'vitest';
import { callerOf, personOf } from '../../../functions/http/caller.ts';
import { languageOf } from '../../../functions/http/language.ts';
import { readIdempotencyKey, readWebhook } from '../../../functions/http/requests.ts';

const named = { ok: true, value: 'imp_1' };
const bytes = (body: Buffer) => ({ body: body.toString('base64'), isBase64Encoded: true });

describe('the body of a webhook', () => {
  it.for([
    ['{"imp_uid":"imp_1","merchant_uid":"o","status":"cancelled"}', 'application/json'],
    ['{"imp_uid":"imp_1","merchant_uid":null,"status":{},"x":[1]}', 'Application/JSON;charset=EUC-KR'],
    ['\uFEFF{"imp_uid":"imp_1"}', 'application/json'],
    ['{"imp_uid":" imp_1 "}', undefined],
    ['imp_uid=imp_1&merchant_uid=%EC%A3%BC&status=paid', 'application/x-www-form-urlencoded'],
    ['\uFEFFimp_uid=imp_1\r\n', 'application/json'],
  ] as const)('%s as %s names its payment', ([body, contentType]) => {
    expect(readWebhook({ body }, contentType)).toEqual(named);
  });

  it('a body is read in its own charset', () => {
    const json = '{"imp_uid":"imp_1","merchant_uid":"주문"}';
    expect(readWebhook(bytes(Buffer.from(json)), 'application/json')).toEqual(named);
    expect(readWebhook(bytes(Buffer.from(json, 'utf16le')), 'application/json; charset="UTF-16LE"')).toEqual(
      named,
    );
    expect(
      readWebhook(bytes(Buffer.from(`\uFEFF${json}`)), 'application/json; charset=nobody-knows'),
    ).toEqual(named);
    // "주문" in EUC-KR.
    const korean = Buffer.concat([
      Buffer.from('imp_uid=imp_1&merchant_uid='),
      Buffer.from([0xc1, 0xd6, 0xb9, 0xae]),
    ]);
    expect(readWebhook(bytes(korean), 'application/x-www-form-urlencoded; charset=euc-kr')).toEqual(named);
  });

  it('a two-byte charset is read even when the gateway took the body for text', () => {
    // The rest of UTF-16 after API Gateway read it as UTF-8, as it does with application/json.
    const asText = (bom: string) =>
      Buffer.concat([Buffer.from(bom, 'latin1'), Buffer.from('{"imp_uid":"imp_1"}', 'utf16le')]).toString();
    expect(readWebhook({ body: asText('\xff\xfe') }, 'application/json; charset=utf-16')).toEqual(named);
    expect(readWebhook({ body: asText('') }, 'application/json')).toEqual(named);
  });

  it('a body may name its payment by a number', () => {
    expect(readWebhook({ body: '{"imp_uid":123}' }, undefined)).toEqual({ ok: true, value: '123' });
  });

  it.each([
    '',
    '[]',
    'null',
    '{"imp_uid":null}',
    '{"imp_uid":""}',
    '{"imp_uid":".."}',
    'x=1',
    `{"imp_uid":"${'x'.repeat(33)}"}`,
    '{"imp_uid":1.5}',
  ])('a body that names no payment is refused: %s', (body) => {
    const read = readWebhook({ body }, 'application/json');
    expect(read).toMatchObject({ ok: false, errors: [{ pointer: '/imp_uid' }] });
  });
});

describe('the Idempotency-Key header', () => {
  it.each([
    ['abc', 'abc'],
    [' "abc" ', 'abc'],
    ['"a,b"', 'a,b'],
    ['"a\\\\b"', 'a\\b'],
    ['a\\b', 'a\\b'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [undefined, undefined],
  ])('the header %j is the key %j', (header, value) => {
    expect(readIdempotencyKey(header)).toEqual({ ok: true, value });
  });

  it.each([
    ['empty', ['', ' ', '""']],
    ['too long', ['x'.repeat(256)]],
    ['not printable ASCII', ['é', 'a\u0007b']],
    ['sent twice', ['a,b', 'a, b', '"a","b"', '"a", "b"', 'a,"b"', '"a",b']],
    ['with a quote or a bare backslash in it', ['"', 'a"b', '"a"b"', '"a\\"b"', '"a', '"a\\b"']],
  ])('a key that is %s is refused', (_why, sent) => {
    expect(sent.filter((header) => readIdempotencyKey(header).ok)).toEqual([]);
  });
});

describe('the language of an answer', () => {
  it.each([
    [undefined, 'en'],
    ['KO-kr', 'ko'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7', 'ko'],
    ['en-US,en;q=0.9,ko;q=0.8', 'en'],
    ['ko;q=0', 'en'],
    ['ko;q=0.4, *;q=0.5', 'en'],
    ['fr, ko;q=0.1', 'ko'],
    ['*', 'en'],
    ['kok', 'en'],
    ['ko;q=abc', 'ko'],
  ])('the language for %j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});

const event = (claims: Record<string, unknown>, scopes?: string[]) => ({
  requestContext: { authorizer: { jwt: { claims, scopes: scopes ?? null } } },
});

describe('the role of a caller', () => {
  it.each([
    [{ 'cognito:groups': '[refund-staff other]' }],
    [{ 'cognito:groups': '[refund-staff]' }],
    [{ 'cognito:groups': ['refund-staff'] }],
    [{ scope: 'openid payments/cancel.any' }],
    [{ scp: 'payments/cancel.any' }],
    [{ scp: '[openid payments/cancel.any]' }],
  ])('a caller with %j is staff', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'staff', sub: 's' });
  });

  it.each([
    [{}],
    [{ 'cognito:groups': '[not-refund-staff]' }],
    [{ 'cognito:groups': '[a,refund-staff]' }],
    [{ 'cognito:groups': '[a\trefund-staff]' }],
    [{ 'cognito:groups': '[a\u00a0refund-staff]' }],
    [{ 'cognito:groups': '[[refund-staff]]' }],
    [{ 'cognito:groups': ['a refund-staff'] }],
    [{ 'cognito:groups': '[Refund-Staff]' }],
    [{ 'custom:groups': '[refund-staff]' }],
    [{ scope: 'payments/cancel.anything' }],
    [{ scope: 'payments/cancel.any,openid' }],
    [{ scope: { 'payments/cancel.any': true } }],
  ])('a caller with the similar %j is a customer', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'customer', sub: 's' });
  });

  it('a caller with the scope that the gateway checked is staff', () => {
    expect(callerOf(event({ sub: 's' }, ['payments/cancel.any']))?.kind).toBe('staff');
  });

  it('a caller without a subject or a checked token has neither identity nor name', () => {
    const claims = { token_use: 'access', username: 'hana' };
    for (const nobody of [event(claims), event({ ...claims, sub: '' }), event({ ...claims, sub: 5 }), {}]) {
      expect(callerOf(nobody)).toBeUndefined();
      expect(personOf(nobody, 'username')).toBeUndefined();
    }
  });
});

describe('an ID token', () => {
  it.each([[{ token_use: 'id' }], [{ nonce: 'n' }], [{ at_hash: 'h' }]])(
    'an ID token, recognised by %j, gives no right, not even to staff',
    (claims) => {
      const token = event({ sub: 's', username: 'hana', 'cognito:groups': '[refund-staff]', ...claims });
      expect(callerOf(token)).toBeUndefined();
      expect(personOf(token, 'username')).toBeUndefined();
    },
  );
});

describe('the person behind a token', () => {
  const access = { sub: 's', token_use: 'access' };

  it('the person is named by Cognito’s own claims', () => {
    expect(personOf(event({ ...access, username: 'hana' }), undefined)).toEqual({ sub: 's', person: 'hana' });
  });

  it('without Cognito the person is named only by the claim that the deployer set', () => {
    const claims = { sub: 's', username: 'u', preferred_username: 'hana', email: 'hana@shop.example' };
    expect(personOf(event(claims), 'preferred_username')).toEqual({ sub: 's', person: 'hana' });
    expect(personOf(event(claims), undefined)).toBeUndefined();
    expect(personOf(event(claims), 'name')).toBeUndefined();
    expect(personOf(event({ ...access, email: 'e' }), 'email')).toEqual({ sub: 's', person: 'e' });
  });

  it.each([[{ ...access, client_id: 's', username: 'hana' }], [{ sub: 's', azp: 's', name: 'hana' }]])(
    'a token whose subject is the client itself names no person: %j',
    (claims) => {
      expect(personOf(event(claims), 'name')).toBeUndefined();
    },
  );

  it.each(['', '\u200b', '\u3000\ufeff', '\u0301', 5, ['hana']])(
    'a name without visible characters names no person: %j',
    (username) => {
      expect(personOf(event({ ...access, username }), 'username')).toBeUndefined();
    },
  );
});
