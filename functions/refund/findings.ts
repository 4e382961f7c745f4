import type { DoubtText } from './doubts.ts';
import { digestOf } from './identity.ts';
import { toDecimal, type Minor } from './money.ts';
import { omitMissing } from './omit-missing.ts';
import type { PaymentKey } from './payment.ts';

/** Money is in question: each comparison that finds it raises the alarm ReconciliationUnexplained, until it is acknowledged. */
const RINGING = {
  differentPayment: 'were cancelled of another payment than the one in the ledger: {why}',
  foreignTag: 'have the tag of {ids}, which the ledger does not know (for example after a restore)',
  moreThanAsked: 'more went back under the tag of {ids} than was asked for',
  notBooked: 'could not be booked',
  withoutEntry: 'are in cancel_amount but have no entry in the history',
  onlyInHistory: 'are in the history but not in cancel_amount',
  moreThanPaid: 'have been cancelled beyond what was paid',
  notAtProvider: 'are cancelled in the ledger but not at the provider',
  refundsNotAtProvider: 'are cancelled in the ledger ({ids}) but not at the provider',
  sumNotTold: 'the provider does not say how much is cancelled',
} as const;

/** No alarm of reconciliation. An order paid twice and a different amount have alarms of their own, raised when they are seen first. */
const ONLY_REPORTED = {
  listedTwice: 'are listed twice by the provider, and counted once',
  unknownPayment: 'the ledger does not hold this payment',
  paidTwice: 'several payments of the order have money left',
  amountDiffers: 'the amount paid differs from the amount of the order',
  unreliable: 'what the provider lists cannot be relied on',
  notCompared: 'could not be compared: the ledger or the provider did not answer',
  pageNotRead: "a page of the provider's list could not be read",
} as const;

/**
 * The findings of reconciliation by kind. Reports, pages and acknowledgements rely on the kinds' names. `{ids}` are refunds,
 * `{why}` is a doubt's text; the amount, if any, stands before the text.
 */
export const FINDINGS = { ...RINGING, ...ONLY_REPORTED };

export type FindingKind = keyof typeof FINDINGS;

/** A staff member's acknowledgement of a finding: it ends the alarm while the finding is unchanged. */
export interface Acknowledgement {
  /** The id of the finding. */
  readonly id: string;
  /** The finding's state when it was acknowledged. */
  readonly digest: string;
  /** The token's `sub`. */
  readonly by: string;
  readonly note: string;
  readonly atMs: number;
}

/** Something about a payment that people should look at. Never contains a reason, which is a customer's text. */
export interface Finding extends PaymentKey {
  /** The same in each report while it concerns the same thing: hash of kind, `imp_uid` and subject. */
  readonly id: string;
  readonly kind: FindingKind;
  /** Changes with the finding's content, e.g. its amount. */
  readonly digest: string;
  /** In minor units of `currency`. Absent when no amount is in question. */
  readonly amount?: Minor;
  readonly currency?: string;
  /** The first few. */
  readonly refundIds?: readonly string[];
  readonly why?: DoubtText;
  readonly acknowledged?: Pick<Acknowledgement, 'by' | 'note' | 'atMs'>;
}

/** A report must fit in a small item: a finding about a thousand refunds names this many. */
const MOST_IDS = 5;

export interface About {
  /** The subject beside the payment: it separates two findings of one kind and payment. */
  readonly of?: readonly string[];
  readonly amount?: Minor;
  readonly currency?: string;
  readonly refundIds?: readonly string[];
  readonly why?: DoubtText;
  /** Other content that makes it a changed finding. */
  readonly says?: readonly unknown[];
}

export function finding(
  kind: FindingKind,
  { merchantUid, impUid }: PaymentKey,
  { of = [], amount, currency, refundIds = [], why, says = [] }: About = {},
): Finding {
  const shown = refundIds.length === 0 ? undefined : refundIds.slice(0, MOST_IDS);
  return {
    kind,
    merchantUid,
    impUid,
    id: `fd_${digestOf([kind, impUid, ...of])}`,
    digest: digestOf([amount ?? null, currency ?? null, refundIds.toSorted(), why ?? null, says]),
    ...omitMissing({ amount, currency: amount === undefined ? undefined : currency, refundIds: shown, why }),
  };
}

/** The whole finding as an English sentence. */
export function noteOf({ kind, amount, currency, refundIds = [], why }: Finding): string {
  const note = FINDINGS[kind].replace('{ids}', refundIds.join(', ')).replace('{why}', why ?? '');
  return amount === undefined || currency === undefined
    ? note
    : `${toDecimal(amount, currency)} ${currency} ${note}`;
}

export function isInQuestion({ kind }: Pick<Finding, 'kind'>): boolean {
  return Object.hasOwn(RINGING, kind);
}

/** A finding that changed since its acknowledgement is open again. */
export function withAcknowledged(
  findings: readonly Finding[],
  acknowledgements: readonly Acknowledgement[],
): readonly Finding[] {
  return findings.map(({ acknowledged: _before, ...found }) => {
    const said = acknowledgements.find(({ id, digest }) => id === found.id && digest === found.digest);
    if (said === undefined) return found;
    const { by, note, atMs } = said;
    return { ...found, acknowledged: { by, note, atMs } };
  });
}
