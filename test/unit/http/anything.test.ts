import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { handleClose } from '../../../functions/close-refund.ts';
import { handleGet } from '../../../functions/get-payment.ts';
import { handleGetRefund } from '../../../functions/get-refund.ts';
import { handleReports } from '../../../functions/get-reconciliation.ts';
import { handleAcknowledge } from '../../../functions/acknowledge-finding.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import { handleWebhook } from '../../../functions/receive-webhook.ts';
import { EMPTY, eventOf, STAFF_CLAIMS, told, world } from './samples.ts';

const SOON_MS = 1_782_900_028_000;
const ADDRESS = '52.78.100.19';
/** Every request that passes the checks ends as not found. */
const empty = world(EMPTY);

const text = fc.string({ unit: 'binary', maxLength: 60 });
const FIELDS = [
  'merchant_uid',
  'imp_uid',
  'cancel_request_amount',
  'checksum',
  'tax_free',
  'reason',
  'reference',
  'refund_account',
  'verdict',
  'evidence',
  'cancellation_id',
  'entries',
  'listed',
  'amount',
  'note',
];
const value = fc.oneof(
  text,
  fc.double(),
  fc.bigInt().map(String),
  fc.boolean(),
  fc.constantFrom(null, [], {}, [{}], [{ cancelled_at: 1, amount: 2 }], 'executed', 'undone', '..', '-1', 0),
);
const fields = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), value, { maxKeys: 8 });
const body = fc.oneof(
  fields.map((each) => JSON.stringify(each)),
  fields.map((each) => `\uFEFF${JSON.stringify(each)}`),
  fc.json(),
  text,
);
const headers = fc.record(
  {
    'idempotency-key': text,
    'accept-language': text,
    'content-type': fc.oneof(
      text,
      fc.constantFrom('application/json; charset=utf-16', 'Application/X-WWW-Form-Urlencoded'),
    ),
  },
  { requiredKeys: [] },
);
const words = fc.record(
  {
    merchant_uid: fc.oneof(text, fc.constant('-')),
    refund_id: text,
    imp_uid: text,
    before: text,
    asked_at: text,
  },
  { requiredKeys: [] },
);
const times = fc.oneof(text, fc.constantFrom('2026-06-30', '2026-07-01T00:00:00 09:00', '-271821-04-20'));
/** The known parameters, each with a valid value. */
const listQuery = fc.record(
  {
    from: times,
    to: times,
    status: fc.oneof(text, fc.constantFrom('open', 'unknown', 'cancelled')),
    limit: fc.oneof(text, fc.nat().map(String)),
    cursor: fc.oneof(
      text,
      fc.json().map((each) => Buffer.from(each).toString('base64url')),
    ),
    merchant_uid: text,
    reference: text,
    refund_id: text,
  },
  { requiredKeys: [] },
);
const claims = fc.oneof(
  fc.constantFrom({ sub: 's' }, STAFF_CLAIMS),
  fc.dictionary(
    fc.constantFrom('sub', 'scope', 'scp', 'cognito:groups', 'token_use', 'username', 'nonce'),
    value,
  ),
);
const event = fc
  .record({ body, headers, path: words, query: fc.oneof(words, listQuery), claims })
  .map((asked) => eventOf({ ...asked, sourceIp: ADDRESS }));

const DOORS = {
  cancel: handleCancel,
  get: handleGet,
  'get one refund': handleGetRefund,
  close: handleClose,
  list: async (asked: Parameters<typeof handleGet>[0]) => handleList(asked, empty),
  reports: async (asked: Parameters<typeof handleGet>[0]) => handleReports(asked, empty),
  acknowledge: async (asked: Parameters<typeof handleGet>[0]) => handleAcknowledge(asked, empty),
  webhook: async (asked: Parameters<typeof handleGet>[0], deadlineMs: number) =>
    handleWebhook(asked, deadlineMs, { sourceAddresses: new Set([ADDRESS]), world: empty }),
} as const;

describe.each(Object.entries(DOORS))('any request to the door %s', (_name, door) => {
  it('any request gets an answer with its language, and never a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(event, fc.boolean(), async (asked, isBase64Encoded) => {
        const {
          status = 0,
          headers: given,
          body: answer,
        } = told(await door({ ...asked, isBase64Encoded }, SOON_MS, empty));
        expect(status).toBeLessThan(500);
        const isTold = given['content-language'] !== undefined && answer['message'] === answer['detail'];
        expect(status < 400 || isTold).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
