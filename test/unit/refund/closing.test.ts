import { expect, it } from 'vitest';
import { judgeClosing } from '../../../functions/refund/closing.ts';
import { entryKey } from '../../../functions/refund/identity.ts';
import type { CancelEntry } from '../../../functions/refund/payment.ts';
import type { Proposal, Verdict } from '../../../functions/refund/refund.ts';
import {
  entryOf,
  MORNING_MS,
  proposed,
  REFUND_ID,
  requested,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';

const settings = { quietPeriodMs: 180_000, pgsThatCancelLater: new Set<string>() };
const NOW_MS = MORNING_MS + 3_600_000;
const OURS = { reason: `[${REFUND_ID}]` };
const untagged = entryOf(1_000);
const older = entryOf(1_000, { cancelledAtMs: MORNING_MS - 60_000 });
const theirs = entryOf(1_000, { reason: '[rf_zzzzzzzzzzzzzzzzzzzzzzzz]' });
const parts = [entryOf(400, OURS), entryOf(300, OURS)];
const named = (...amounts: readonly number[]): Verdict => ({
  verdict: 'executed',
  entries: amounts.map((amount) => ({ cancellationId: `C${amount}` })),
});

const before = (atMs: number) => proposed({ said: named(1_000), by: { sub: 'juno', person: 'juno' }, atMs });

it.each<[string, readonly CancelEntry[], Verdict, string, Proposal?]>([
  ['the only entry that may be ours', [untagged], named(1_000), 'propose'],
  ['what another person said', [untagged], named(1_000), 'close', before(MORNING_MS)],
  [
    'what another person said of an earlier claim',
    [untagged],
    named(1_000),
    'propose',
    before(MORNING_MS - 1),
  ],
  ['an entry that another item holds', [untagged, entryOf(999)], named(999), 'belongs to another refund'],
  ['an entry that is older than the claim', [older], named(1_000), '/entries'],
  ['an entry of more than was asked', [entryOf(1_001)], named(1_001), '/entries'],
  ['an entry of the console', [entryOf(1_000, { fromConsole: true })], named(1_000), '/entries'],
  ['an entry with another refund’s tag', [theirs], named(1_000), '/entries'],
  ['an entry that the history does not have', [untagged], named(9), '/entries'],
  ['one entry named twice', [untagged], named(1_000, 1_000), '/entries'],
  ['more than was asked, not listed', [], { verdict: 'executed_unlisted', amount: won(1_001) }, '/amount'],
  ['one of two entries with our tag', parts, named(400), 'must name every entry'],
  ['both entries with our tag', parts, named(400, 300), 'propose'],
  [
    'no entry, while some have our tag',
    parts,
    { verdict: 'executed_unlisted', amount: won(700) },
    'every entry',
  ],
])(
  'one person’s word about %s is a proposal, the end, or refused (row 10)',
  (_what, entries, said, told, proposal) => {
    const judged = judgeClosing(
      {
        payment: thePayment({ inFlight: REFUND_ID }),
        refund: requested(proposal && { proposal }),
        // No look can decide about an asynchronous PG.
        provider: theProvider(entries, { pgProvider: 'paypal_v2' }),
        settings,
        held: new Set([entryKey(entryOf(999))]),
        beganAtMs: NOW_MS,
      },
      { said, evidence: 'seen at the PG', by: { sub: 'mina', person: 'mina' } },
      NOW_MS,
    );
    expect(judged.kind === 'refuse' ? JSON.stringify(judged.refusal) : judged.kind).toContain(told);
  },
);
