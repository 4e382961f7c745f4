import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON, taggedReason } from '../../../functions/refund/attribution.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { PendingRefund } from '../../../functions/refund/payment.ts';
import { examineReadBack } from '../../../functions/refund/read-back.ts';
import type { RefundSettings } from '../../../functions/refund/settings.ts';
import { waitsOf } from '../../../functions/refund/times.ts';
import {
  MORNING_MS,
  OTHER_REFUND_ID,
  REFUND_ID,
  samplePayment,
  samplePending,
  sampleProvider,
  won,
} from '../../support/samples.ts';

const QUIET_MS = 180_000;
const TAG = `[${REFUND_ID}]`;
const AFTER_G_MS = MORNING_MS + waitsOf(QUIET_MS).deadAfterMs + 1;
type Entries = Parameters<typeof sampleProvider>[0];

interface Given {
  readonly entries?: Entries;
  readonly provider?: Parameters<typeof sampleProvider>[1];
  readonly pending?: Partial<PendingRefund>;
  readonly settings?: Partial<RefundSettings>;
  readonly pg?: string;
  readonly beganAtMs?: number;
}

function examine({ entries = [], provider, pending, settings, pg = 'nice', beganAtMs = AFTER_G_MS }: Given) {
  return examineReadBack({
    payment: samplePayment({ pg_provider: pg }),
    pending: samplePending(pending),
    provider: sampleProvider(entries, { pgProvider: pg, ...provider }),
    beganAtMs,
    settings: {
      quietPeriodMs: QUIET_MS,
      resend: 'safe',
      pgsThatCheckBalance: new Set(),
      pgsThatDropReasons: new Set(),
      importUnknownPayments: true,
      customersMayRefund: true,
      ...settings,
    },
  });
}

const dropsReasons = { pgsThatDropReasons: new Set(['nice']) };
const because = (why: string) => ({ kind: 'undecided', why });
const rejected = (code: string) => ({ kind: 'not_done', rejection: { code } });

describe('our tag in the history (7a)', () => {
  it('settles it at any time, also while it is alive and accepted', () => {
    const entries = [{ amount: 1_000, reason: TAG }];
    expect(examine({ entries, beganAtMs: MORNING_MS, pending: { accepted: true } })).toMatchObject({
      kind: 'done',
      by: 'tag',
    });
  });
});

describe('what nothing shows', () => {
  it('can still come for G, the time to send it in and the difference of two clocks', () => {
    expect(waitsOf(QUIET_MS).deadAfterMs).toBe(10_000 + QUIET_MS + 5_000);
  });

  it('can still come until a read-back begins after send window, G and clock skew', () => {
    expect(examine({ beganAtMs: AFTER_G_MS - 1 })).toEqual(because(DOUBTS.stillAlive));
    expect(examine({})).toEqual(rejected('NOT_EXECUTED'));
  });

  it('is sent again when everything that is left is cancelled, or the PG compares balances (7c)', () => {
    expect(examine({ pending: { amount: won(10_000) } })).toEqual({ kind: 'send_again' });
    expect(examine({ pg: 'kcp' })).toEqual({ kind: 'send_again' });
    expect(examine({ settings: { pgsThatCheckBalance: new Set(['nice']) } })).toEqual({ kind: 'send_again' });
  });

  it('is not sent again on the shop’s word for the PG, where i’mport names another', () => {
    const provider = { pgProvider: 'nice' };
    expect(examine({ pg: 'kcp', provider })).toEqual(rejected('NOT_EXECUTED'));
    const settings = { pgsThatCheckBalance: new Set(['mine']) };
    expect(examine({ pg: 'mine', settings, provider })).toEqual(rejected('NOT_EXECUTED'));
    expect(examine({ pg: 'nice', settings, provider: { pgProvider: 'mine' } })).toEqual({
      kind: 'send_again',
    });
  });

  it('is told as not executed when it needed an account, or a deployer says never (7d)', () => {
    expect(examine({ pg: 'kcp', pending: { destination: {} } })).toEqual(rejected('NOT_EXECUTED'));
    expect(examine({ pg: 'kcp', settings: { resend: 'never' } })).toEqual(rejected('NOT_EXECUTED'));
  });

  it.each([['paypal_v2'], ['paymentwall']])('is never decided for %s, which books later (A1)', (pg) => {
    expect(examine({ pg })).toEqual(because(DOUBTS.asynchronous));
    const entries = [{ amount: 10, reason: CONSOLE_REASON }];
    expect(examine({ pg, entries })).toEqual(because(DOUBTS.asynchronousAndMoved));
  });

  it('is never decided once it was accepted', () => {
    expect(examine({ pending: { accepted: true } })).toEqual(because(DOUBTS.accepted));
    const entries = [{ amount: 10, reason: CONSOLE_REASON }];
    expect(examine({ entries, pending: { accepted: true } })).toEqual(because(DOUBTS.acceptedAndMoved));
  });
});

describe('a balance that has moved without our tag (7b)', () => {
  it.each<[string, Entries]>([
    ['another amount', [{ amount: 10 }]],
    ['another refund’s tag', [{ amount: 1_000, reason: `[${OTHER_REFUND_ID}]` }]],
    ['the console’s text', [{ amount: 1_000, reason: CONSOLE_REASON }]],
  ])('is somebody else’s when every entry has %s', (_what, entries) => {
    expect(examine({ entries })).toEqual(rejected('CHECKSUM_MISMATCH'));
  });

  it('may be ours behind another’s: checking and booking are two steps', () => {
    const entries = [{ amount: 10, reason: CONSOLE_REASON }, { amount: 1_000 }];
    expect(examine({ entries })).toEqual(because(DOUBTS.couldBeOurs));
  });

  it('may be ours when the history does not add up', () => {
    const provider = { cancelAmount: won(2_000) };
    expect(examine({ entries: [{ amount: 10, reason: CONSOLE_REASON }], provider })).toEqual(
      because(DOUBTS.doesNotAddUp),
    );
  });

  it('is not ours where the times tell that the entry was there before', () => {
    const given = [
      { amount: 1_000, cancelledAtMs: MORNING_MS - 60_000 },
      { amount: 10, reason: CONSOLE_REASON, cancelledAtMs: MORNING_MS + 1_000 },
    ];
    expect(examine({ entries: given, pending: { checksum: won(9_000) } })).toEqual(
      rejected('CHECKSUM_MISMATCH'),
    );
  });

  it('that is smaller than before is for people', () => {
    const payment = { pending: { checksum: won(9_000) } };
    expect(examine(payment)).toEqual(because(DOUBTS.shrunk));
  });
});

describe('an entry in our place without our tag (7p)', () => {
  const entries = [{ amount: 1_000, reason: '' }];

  it('is ours only for a PG that a deployer has named', () => {
    expect(examine({ entries, settings: dropsReasons })).toMatchObject({ kind: 'done', by: 'position' });
    expect(examine({ entries })).toEqual(because(DOUBTS.couldBeOurs));
  });

  it('is ours when it bears what is left of our text', () => {
    const left = [{ amount: 1_000, reason: taggedReason('words', REFUND_ID).slice(0, 10) }];
    const pending = { reason: 'words' };
    expect(examine({ entries: left, pending, settings: dropsReasons })).toMatchObject({ by: 'position' });
  });

  it.each<[string, NonNullable<Entries>, Partial<PendingRefund>]>([
    ['was refused', entries, { refused: 1 }],
    ['is older than the claim', [{ amount: 1_000, cancelledAtMs: MORNING_MS - 7_000 }], {}],
    ['has another text', [{ amount: 1_000, reason: '상품A' }], {}],
    [
      'stands elsewhere',
      [
        { amount: 5, reason: CONSOLE_REASON, cancelledAtMs: MORNING_MS + 1_000 },
        { amount: 1_000, cancelledAtMs: MORNING_MS + 2_000 },
      ],
      {},
    ],
  ])('is left to people when it %s', (_what, given, pending) => {
    expect(examine({ entries: given, pending, settings: dropsReasons })).toEqual(because(DOUBTS.couldBeOurs));
  });

  it.each([
    ['a second that began up to six before the claim by another clock', 5_999, 'done'],
    ['an earlier one', 6_000, 'undecided'],
  ])('may have been made in %s', (_what, beforeMs, kind) => {
    const at = [{ amount: 1_000, cancelledAtMs: MORNING_MS - beforeMs }];
    expect(examine({ entries: at, settings: dropsReasons }).kind).toBe(kind);
  });

  it('is left to people when the history does not add up', () => {
    const provider = { cancelAmount: won(900) };
    expect(examine({ entries, provider, settings: dropsReasons })).toEqual(because(DOUBTS.doesNotAddUp));
  });

  it('is somebody else’s when it has another amount', () => {
    const other = [{ amount: 999, reason: '' }];
    expect(examine({ entries: other, settings: dropsReasons })).toEqual(rejected('CHECKSUM_MISMATCH'));
  });

  it('is left to people when it has no time', () => {
    const cancelHistory = [{ amount: won(1_000) }];
    const provider = { cancelHistory, cancelAmount: won(1_000) };
    expect(examine({ provider, settings: dropsReasons })).toEqual(because(DOUBTS.couldBeOurs));
  });

  it('is not ours for an earlier attempt that was refused, when another one has been sent since', () => {
    const pending = { refused: 1, attempt: 2 };
    expect(examine({ entries, pending, settings: dropsReasons })).toMatchObject({ by: 'position' });
  });
});

describe('another payment’s word', () => {
  it.each<[string, Parameters<typeof sampleProvider>[1]]>([
    [DOUBTS.otherPayment, { impUid: 'imp_x' }],
    [DOUBTS.otherOrder, { merchantUid: 'x' }],
    [DOUBTS.otherCurrency, { currency: 'USD' }],
    [DOUBTS.otherAmount, { amount: won(1) }],
  ])('decides nothing: %s', (why, provider) => {
    expect(examine({ entries: [{ amount: 1_000, reason: TAG }], provider })).toEqual(because(why));
  });
});
