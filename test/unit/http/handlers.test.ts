import { describe, expect, it } from 'vitest';
import { handleAcknowledge } from '../../../functions/acknowledge-finding.ts';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { handleClose } from '../../../functions/close-refund.ts';
import { handleGet } from '../../../functions/get-payment.ts';
import { handleGetRefund } from '../../../functions/get-refund.ts';
import { handleReports } from '../../../functions/get-reconciliation.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import { handleWebhook } from '../../../functions/receive-webhook.ts';
import {
  cancelled,
  elsewhere,
  EMPTY,
  eventOf,
  holding,
  NOW_MS,
  notSent,
  SOON_MS,
  STAFF_CLAIMS,
  parsed,
  world,
} from './samples.ts';

const KOREAN = { 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.5' };

/** Uses no ledger and no provider: every access would throw. */
const untouched = world({});
const known = world(holding([elsewhere, cancelled, notSent]));

describe('a caller without the right', () => {
  const OF_STAFF = [handleClose, handleList, handleReports, handleAcknowledge];
  const ALL = [handleCancel, handleGet, handleGetRefund, ...OF_STAFF];

  it.for([
    ['with an ID token', { ...STAFF_CLAIMS, token_use: 'id' }, ALL],
    ['without a subject', {}, ALL],
    ['who is a customer, at the routes of staff', { sub: 'customer-1' }, OF_STAFF],
  ] as const)('a caller %s is refused before anything is looked up', async ([, claims, handlers]) => {
    const path = { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' };
    const event = eventOf({ path, body: '{"merchant_uid":"ORD-1"}', claims });
    const refused = { status: 403, body: { code: 'FORBIDDEN' } };
    for (const handle of handlers)
      expect(parsed(await handle(event, SOON_MS, untouched))).toMatchObject(refused);
  });
});

describe('POST /payments/cancel', () => {
  it('cancelling is for staff only when the shop says so', async () => {
    const forStaff = world({}, false);
    const answer = parsed(await handleCancel(eventOf({ body: '{}', headers: KOREAN }), SOON_MS, forStaff));
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const asStaff = eventOf({ body: '{}', claims: STAFF_CLAIMS });
    expect(parsed(await handleCancel(asStaff, SOON_MS, forStaff)).status).toBe(400);
  });

  it('all faults of header and body are reported at once, in the caller’s language', async () => {
    const event = eventOf({ body: '{"amount":1}', headers: { ...KOREAN, 'Idempotency-Key': 'a,b' } });
    const { status, headers, body } = parsed(await handleCancel(event, SOON_MS, untouched));
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-language': 'ko', vary: 'Accept-Language' });
    const errors = body['errors'] as { pointer: string; message: string }[];
    const pointers = errors.map(({ pointer }) => pointer);
    expect(pointers).toEqual(['header:Idempotency-Key', '/merchant_uid', '/amount']);
    for (const { message } of errors) expect(message).toMatch(/[가-힣]/);
  });

  it('a key in two headers is refused', async () => {
    const headers = { 'idempotency-key': 'a', 'Idempotency-Key': 'b' };
    const event = eventOf({ body: '{"merchant_uid":"ORD-1"}', headers });
    expect(parsed(await handleCancel(event, SOON_MS, untouched)).status).toBe(400);
  });
});

describe('GET /payments/{merchant_uid}', () => {
  it('a read returns the payment, its refunds, what can be refunded and the payments of its order', async () => {
    const answer = parsed(await handleGet(eventOf({ path: { merchant_uid: 'ORD-1' } }), SOON_MS, known));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        imp_uid: 'imp_1',
        refunds: [
          { refund_id: 'el_console', made_by: 'provider' },
          { refund_id: 'rf_cancelled' },
          { refund_id: 'rf_not_sent' },
        ],
        refunds_before: null,
        refundable: { full: true, partial: true, warnings: ['vat_unnamed'] },
        payments: [{ imp_uid: 'imp_1', cancelable_amount: 85.8 }],
      },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('a read by imp_uid alone finds orders that a path cannot carry', async () => {
    const query = { imp_uid: 'imp_1' };
    for (const asked of [{ query }, { query, path: { merchant_uid: '-' } }]) {
      const answer = parsed(await handleGet(eventOf(asked), SOON_MS, known));
      expect(answer).toMatchObject({ status: 200, body: { merchant_uid: 'ORD-1' } });
    }
    const path = { merchant_uid: '-', refund_id: 'rf_cancelled' };
    expect(parsed(await handleGetRefund(eventOf({ query, path }), SOON_MS, known)).status).toBe(200);
    const without = parsed(await handleGet(eventOf({}), SOON_MS, untouched));
    expect(without).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:imp_uid' }] } });
  });

  it.for<[Record<string, string> | undefined, Record<string, string> | undefined]>([
    [{ merchant_uid: '' }, undefined],
    [{ merchant_uid: 'x'.repeat(256) }, undefined],
    [{ merchant_uid: 'o' }, { imp_uid: '..' }],
    [undefined, { imp_uid: 'x'.repeat(33) }],
  ])('a read of an impossible id (%j, %j) is 404 without a look-up', async ([path, query]) => {
    const event = eventOf({ ...(path && { path }), ...(query && { query }) });
    for (const handle of [handleGet, handleGetRefund])
      expect(parsed(await handle(event, SOON_MS, untouched)).status).toBe(404);
  });

  it.for(['rf_nobody', 'r'.repeat(3_000)])(
    'a read before an unknown or impossible refund is a fault of the request: %j',
    async (before) => {
      const event = eventOf({ path: { merchant_uid: 'ORD-1' }, query: { before } });
      const answer = parsed(await handleGet(event, SOON_MS, known));
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:before' }] } });
    },
  );
});

describe('GET /payments/{merchant_uid}/refunds/{refund_id}', () => {
  const read = async (refund_id: string, query = {}, of = known) =>
    parsed(
      await handleGetRefund(eventOf({ path: { merchant_uid: 'ORD-1', refund_id }, query }), SOON_MS, of),
    );

  it('a read returns a refund or a foreign cancel with its payment', async () => {
    for (const refund_id of ['rf_cancelled', 'el_console']) {
      const refund = { refund_id, status: 'cancelled' };
      expect(await read(refund_id)).toMatchObject({ status: 200, body: { imp_uid: 'imp_1', refund } });
    }
  });

  it('a refund that was never reserved is unknown while its request may still arrive, and then 404', async () => {
    const second = Math.floor(NOW_MS / 1000);
    expect(await read('rf_new', { asked_at: String(second) })).toMatchObject({
      status: 200,
      headers: { 'retry-after': '3' },
      body: { refund: { refund_id: 'rf_new', status: 'unknown' } },
    });
    const missing = { status: 404, body: { code: 'REFUND_NOT_FOUND' } };
    expect(await read('rf_new')).toMatchObject(missing);
    expect(await read('rf_new', { asked_at: String(second - 600) })).toMatchObject(missing);
    expect(await read('rf_not_sent')).toMatchObject(missing);
  });

  it('a stranger gets the answer of an unknown order for any refund id', async () => {
    const unknown = await read('rf_cancelled', {}, world(EMPTY));
    for (const refund_id of ['rf_cancelled', 'rf_new']) {
      const path = { merchant_uid: 'ORD-1', refund_id };
      const event = eventOf({ claims: { sub: 'stranger' }, path });
      expect(parsed(await handleGetRefund(event, SOON_MS, known))).toEqual(unknown);
    }
  });

  it.for(['', '-1', '1782900000000'])('asked_at %j is a fault of the request', async (asked_at) => {
    const errors = [{ pointer: 'query:asked_at' }];
    expect(await read('rf_new', { asked_at }, untouched)).toMatchObject({ status: 400, body: { errors } });
  });

  it.for(['', 'x'.repeat(65), 'rf 1'])(
    'an impossible refund id (%j) is 404 without a look-up',
    async (id) => {
      expect((await read(id, {}, untouched)).body['code']).toBe('REFUND_NOT_FOUND');
    },
  );
});

describe('POST /payments/{merchant_uid}/refunds/{refund_id}/close', () => {
  const path = { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' };
  const body = '{"verdict":"executed","cancellation_id":"c-1","evidence":"x"}';
  const close = async (of = known, asked = {}, personClaim?: string) => {
    const event = eventOf({ path, body, claims: STAFF_CLAIMS, ...asked });
    return parsed(await handleClose(event, SOON_MS, of, { personClaim }));
  };

  it('closing is 400 with an invalid body, and 404 for an unknown payment or refund', async () => {
    expect((await close(untouched, { body: '{"verdict":"executed"}' })).status).toBe(400);
    expect((await close(world(EMPTY))).body['code']).toBe('PAYMENT_NOT_FOUND');
    expect((await close(world(holding()))).body['code']).toBe('REFUND_NOT_FOUND');
  });

  it('a closing needs a person, by Cognito’s name or by the claim that the deployer set', async () => {
    const claims = { sub: 'staff-9', scope: 'payments/cancel.any', name: 'hana' };
    expect((await close(known, { claims })).body['code']).toBe('PERSON_CLAIM_MISSING');
    const named = await close(known, { claims }, 'name');
    expect(named).toMatchObject({ status: 200, body: { refund: { refund_id: 'rf_cancelled' } } });
    expect((await close()).status).toBe(200);
  });
});

describe('POST /webhooks/iamport', () => {
  const sourceAddresses = new Set(['52.78.100.19']);

  it('a webhook from another address is refused before its body is read or anything is asked', async () => {
    for (const sourceIp of ['', '52.78.100.190', '::ffff:52.78.100.19']) {
      const events: unknown[] = [];
      // A header about addresses can be forged: behind CloudFront, too, the connecting address counts.
      const headers = { 'x-forwarded-for': '52.78.100.19', forwarded: 'for=52.78.100.19' };
      const answer = await handleWebhook(eventOf({ body: '{', headers, sourceIp }), SOON_MS, {
        sourceAddresses,
        world: { ...untouched, report: (event) => events.push(event) },
      });
      expect(parsed(answer)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect(parsed(answer).body['message']).toMatch(/webhookSourceAddresses/);
      // This also refuses i'mport itself at an address that is not in the setting.
      expect(events).toMatchObject([{ event: 'webhook_refused', from: sourceIp }]);
    }
  });

  it('a webhook whose payment cannot be read answers so that it is sent again', async () => {
    const payment = async () => Promise.resolve({ kind: 'failed', cause: 'HTTP 503' } as const);
    const down = world({ ...EMPTY, gateway: { ...EMPTY.gateway, payment } });
    const event = eventOf({ body: '{"imp_uid":"imp_1"}', sourceIp: '52.78.100.19' });
    const answer = parsed(await handleWebhook(event, SOON_MS, { sourceAddresses, world: down }));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
  });
});
