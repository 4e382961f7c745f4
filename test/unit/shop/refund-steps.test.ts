import { describe, expect, it } from 'vitest';
import type { Refund } from '../../../lib/client/refund-client.ts';
import { MESSAGES } from '../../../lib/client/messages.ts';
import { stepsOf } from '../../../lib/lab/shop/refund-steps.ts';

const REFUND: Refund = {
  refund_id: 'rf_1',
  status: 'unknown',
  amount: 100,
  reason: null,
  reference: null,
  actor: 'customer',
  requested_at: 1_000,
  cancelled_at: 0,
  finished_at: 0,
  cancellation_id: null,
  receipt_url: null,
  decided_by: null,
  attribution: null,
  expected_by: null,
  warnings: [],
};

function told(refund: Partial<Refund>): readonly string[] {
  return stepsOf({ ...REFUND, ...refund }).map(({ at, told: step }) =>
    [at, 'word' in step ? step.word : step.code].join(' '),
  );
}

describe('the time line of a refund in the demo shop', () => {
  it.each<[string, Partial<Refund>, readonly string[]]>([
    [
      'a refund in doubt has no end',
      { in_doubt: { since: 1_001, why: null, drift: false } },
      ['1000 t_asked_customer', '1001 t_doubt'],
    ],
    [
      'a refund in drift says that staff look into it',
      { in_doubt: { since: 1_001, why: null, drift: true } },
      ['1000 t_asked_customer', '1001 t_doubt', '0 t_drift'],
    ],
    [
      'a refund with an unknown status is in doubt',
      { status: 'on_its_way' as 'unknown' },
      ['1000 t_asked_customer', '1000 t_doubt'],
    ],
    [
      'a cancelled refund ends at i’mport’s time',
      { status: 'cancelled', cancelled_at: 1_005, finished_at: 1_009 },
      ['1000 t_asked_customer', '1005 t_cancelled'],
    ],
    [
      'a refund closed by staff without an entry ends at the time of closing',
      { status: 'cancelled', finished_at: 1_009 },
      ['1000 t_asked_customer', '1009 t_cancelled'],
    ],
    [
      'a corrected refund says so',
      { status: 'cancelled', cancelled_at: 1_005, corrected: true },
      ['1000 t_asked_customer', '1005 t_corrected'],
    ],
    [
      'a refund that the PG has undone does not end as refunded',
      { status: 'cancelled', cancelled_at: 1_005, undone: true },
      ['1000 t_asked_customer', '1005 t_cancelled', '0 t_undone'],
    ],
    [
      'a rejected refund says why',
      { status: 'rejected', finished_at: 1_009, rejection: { code: 'CHECKSUM_MISMATCH' } },
      ['1000 t_asked_customer', '1009 CHECKSUM_MISMATCH'],
    ],
    [
      'a refund that was not executed says so',
      { status: 'not_executed', finished_at: 1_009, rejection: { code: 'NOT_EXECUTED' } },
      ['1000 t_asked_customer', '1009 NOT_EXECUTED'],
    ],
    [
      'a refund that the PG calls already cancelled shows the advice not to ask again',
      { status: 'not_executed', finished_at: 1_009, rejection: { code: 'ALREADY_CANCELLED_AT_PG' } },
      ['1000 t_asked_customer', '1009 ALREADY_CANCELLED_AT_PG'],
    ],
    [
      'a refund requested by staff says so',
      { actor: 'staff', status: 'not_sent', finished_at: 1_009 },
      ['1000 t_asked_staff', '1009 NOT_SENT'],
    ],
    [
      'a cancel made elsewhere begins with that cancel',
      { made_by: 'provider', status: 'cancelled', requested_at: 0, cancelled_at: 1_005 },
      ['1005 t_elsewhere'],
    ],
  ])('%s', (_, refund, steps) => {
    expect(told(refund)).toEqual(steps);
  });

  it.each(['CHECKSUM_MISMATCH', 'CANCEL_REJECTED', 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG', 'NOT_SENT'])(
    'the time line uses the message of the browser client for %s',
    (code) => expect(MESSAGES).toHaveProperty(code),
  );
});
