import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { handleAcknowledge } from '../../../functions/acknowledge-finding.ts';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { handleClose } from '../../../functions/close-refund.ts';
import { handleGet } from '../../../functions/get-payment.ts';
import { handleGetRefund } from '../../../functions/get-refund.ts';
import { handleReports } from '../../../functions/get-reconciliation.ts';
import { RefundAnswer } from '../../../functions/http/answer-schemas.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import { handleWebhook } from '../../../functions/receive-webhook.ts';
import {
  cancelled,
  elsewhere,
  empty,
  eventOf,
  holding,
  NOW_MS,
  notSent,
  SECOND,
  SOON_MS,
  STAFF_CLAIMS,
  parsed,
  untouched,
  type Asked,
} from './samples.ts';

const KOREAN = { 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.5' };
const known = holding([elsewhere, cancelled, notSent]);

/** The answer of a route. */
async function ask(handle: typeof handleGet, asked: Asked, world = known, personClaim?: string) {
  return parsed(await handle(eventOf(asked), SOON_MS, world, { personClaim }));
}

describe('a caller without the right', () => {
  const OF_STAFF = [handleClose, handleList, handleReports, handleAcknowledge];
  const ALL = [handleCancel, handleGet, handleGetRefund, ...OF_STAFF];

  it.for([
    ['with an ID token', { ...STAFF_CLAIMS, token_use: 'id' }, ALL],
    ['without a subject', {}, ALL],
    ['who is a customer, at the routes of staff', { sub: 'customer-1' }, OF_STAFF],
  ] as const)('a caller %s is refused before anything is looked up', async ([, claims, handlers]) => {
    const path = { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' };
    const refused = { status: 403, body: { code: 'FORBIDDEN' } };
    for (const handle of handlers)
      expect(await ask(handle, { path, body: '{"merchant_uid":"ORD-1"}', claims }, untouched)).toMatchObject(
        refused,
      );
  });
});

describe('POST /payments/cancel', () => {
  it('cancelling is for staff only when the shop says so', async () => {
    const forStaff = { ...untouched, settings: { ...untouched.settings, customersMayRefund: false } };
    const answer = await ask(handleCancel, { body: '{}' }, forStaff);
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await ask(handleCancel, { body: '{}', claims: STAFF_CLAIMS }, forStaff)).status).toBe(400);
  });

  it('all faults of header and body are reported at once, in the caller’s language', async () => {
    const asked = { body: '{"amount":1}', headers: { ...KOREAN, 'Idempotency-Key': 'a,b' } };
    const { status, headers, body } = await ask(handleCancel, asked, untouched);
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-language': 'ko', vary: 'Accept-Language' });
    const errors = body['errors'] as { pointer: string; message: string }[];
    const pointers = errors.map(({ pointer }) => pointer);
    expect(pointers).toEqual(['header:Idempotency-Key', '/merchant_uid', '/amount']);
    for (const { message } of errors) expect(message).toMatch(/[가-힣]/);
  });

  it('a key in two headers is refused', async () => {
    const headers = { 'idempotency-key': 'a', 'Idempotency-Key': 'b' };
    const asked = { body: '{"merchant_uid":"ORD-1"}', headers };
    expect((await ask(handleCancel, asked, untouched)).status).toBe(400);
  });
});

describe('a read', () => {
  const path = { merchant_uid: 'ORD-1' };
  const query = { imp_uid: 'imp_1' };
  const read = async (refund_id: string, more = {}, world = known) =>
    ask(handleGetRefund, { path: { ...path, refund_id }, query: more }, world);

  it('a read returns the payment, its refunds, what can be refunded and the payments of its order', async () => {
    const answer = await ask(handleGet, { path });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        imp_uid: 'imp_1',
        refunds: [{ refund_id: 'el_console', made_by: 'provider' }, { refund_id: 'rf_cancelled' }],
        refunds_before: null,
        refundable: { full: true, partial: true, warnings: ['vat_unnamed'] },
        payments: [{ imp_uid: 'imp_1', cancelable_amount: 85.8 }],
      },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('a read by imp_uid alone finds orders that a path cannot carry', async () => {
    for (const asked of [{ query }, { query, path: { merchant_uid: '-' } }]) {
      expect(await ask(handleGet, asked)).toMatchObject({ status: 200, body: { merchant_uid: 'ORD-1' } });
    }
    for (const refund_id of ['rf_cancelled', 'el_console']) {
      const refund = await ask(handleGetRefund, { query, path: { merchant_uid: '-', refund_id } });
      expect(refund).toMatchObject({ status: 200, body: { refund: { refund_id, status: 'cancelled' } } });
    }
  });

  it('a refund that was never reserved is unknown while its request may still arrive, and then 404', async () => {
    const second = Math.floor(NOW_MS / SECOND);
    const { status, headers, body } = await read('rf_new', { asked_at: String(second) });
    expect([status, headers['retry-after']]).toEqual([200, '3']);
    expect(body['refund']).toEqual({ refund_id: 'rf_new', status: 'unknown' });
    expect(v.parse(v.strictObject(RefundAnswer.entries), body)).toEqual(body);
    for (const missing of [
      await read('rf_new'),
      await read('rf_new', { asked_at: String(second - 600) }),
      await read('rf_not_sent'),
    ])
      expect(missing).toMatchObject({ status: 404, body: { code: 'REFUND_NOT_FOUND' } });
  });

  it('a stranger gets the answer of an unknown order for any refund id', async () => {
    const unknown = await read('rf_cancelled', {}, empty());
    for (const refund_id of ['rf_cancelled', 'rf_new']) {
      const asked = { claims: { sub: 'stranger' }, path: { ...path, refund_id } };
      expect(await ask(handleGetRefund, asked)).toEqual(unknown);
    }
  });

  it.for<[asked: Asked, code: string]>([
    [{ path: { merchant_uid: '' } }, 'PAYMENT_NOT_FOUND'],
    [{ path: { merchant_uid: 'x'.repeat(256) } }, 'PAYMENT_NOT_FOUND'],
    [{ path, query: { imp_uid: '..' } }, 'PAYMENT_NOT_FOUND'],
    [{ query: { imp_uid: 'x'.repeat(33) } }, 'PAYMENT_NOT_FOUND'],
    [{ path: { ...path, refund_id: '' } }, 'REFUND_NOT_FOUND'],
    [{ path: { ...path, refund_id: 'x'.repeat(65) } }, 'REFUND_NOT_FOUND'],
    [{ path: { ...path, refund_id: 'rf 1' } }, 'REFUND_NOT_FOUND'],
  ])('a read of an impossible id is 404 without a look-up: %j', async ([asked, code]) => {
    const handlers = code === 'PAYMENT_NOT_FOUND' ? [handleGet, handleGetRefund] : [handleGetRefund];
    for (const handle of handlers)
      expect(await ask(handle, asked, untouched)).toMatchObject({ status: 404, body: { code } });
  });

  const ofRefund = { ...path, refund_id: 'rf_new' };
  it.for<[handle: typeof handleGet, asked: Asked, pointer: string]>([
    [handleGet, {}, 'query:imp_uid'],
    [handleGet, { path, query: { before: 'rf_nobody' } }, 'query:before'],
    [handleGet, { path, query: { before: 'r'.repeat(3_000) } }, 'query:before'],
    [handleGetRefund, { path: ofRefund, query: { asked_at: '' } }, 'query:asked_at'],
    [handleGetRefund, { path: ofRefund, query: { asked_at: '-1' } }, 'query:asked_at'],
    [handleGetRefund, { path: ofRefund, query: { asked_at: '1782900000000' } }, 'query:asked_at'],
  ])('a fault of the query is named (%#)', async ([handle, asked, pointer]) => {
    expect(await ask(handle, asked)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});

describe('POST /payments/{merchant_uid}/refunds/{refund_id}/close', () => {
  const path = { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' };
  const body = '{"verdict":"executed","cancellation_id":"c-1","evidence":"x"}';
  const close = async (world = known, asked: Asked = {}, personClaim?: string) =>
    ask(handleClose, { path, body, claims: STAFF_CLAIMS, ...asked }, world, personClaim);

  it('closing is 400 with an invalid body, and 404 for an unknown payment or refund', async () => {
    expect((await close(untouched, { body: '{"verdict":"executed"}' })).status).toBe(400);
    expect((await close(empty())).body['code']).toBe('PAYMENT_NOT_FOUND');
    expect((await close(holding())).body['code']).toBe('REFUND_NOT_FOUND');
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
      const world = { ...untouched, report: (event: unknown) => void events.push(event) };
      const door = { sourceAddresses, world };
      const answer = parsed(await handleWebhook(eventOf({ body: '{', headers, sourceIp }), SOON_MS, door));
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect(answer.body['message']).toMatch(/webhookSourceAddresses/);
      // This also refuses i'mport itself at an address that is not in the setting.
      expect(events).toMatchObject([{ event: 'webhook_refused', from: sourceIp }]);
    }
  });

  it('a webhook whose payment cannot be read answers so that it is sent again', async () => {
    const world = empty();
    const payment = async () => Promise.resolve({ kind: 'failed', cause: 'HTTP 503' } as const);
    const down = { ...world, gateway: { ...world.gateway, payment } };
    const event = eventOf({ body: '{"imp_uid":"imp_1"}', sourceIp: '52.78.100.19' });
    const answer = parsed(await handleWebhook(event, SOON_MS, { sourceAddresses, world: down }));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
  });
});
