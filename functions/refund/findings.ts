/**
 * What reconciliation finds, in the words of its report. `{ids}` are refunds; an amount stands in front where there is one.
 * By their names a page says them in its reader's language; a test holds it to all of them.
 */
export const FINDINGS = {
  foreignTag: 'bear the tag of {ids}, which this payment does not hold as cancelled',
  moreThanAsked: 'more went back under the tag of {ids} than was asked for',
  notBooked: 'could not be booked',
  withoutEntry: 'stand in cancel_amount without an entry in the history',
  onlyInHistory: 'stand in the history and not in cancel_amount',
  moreThanPaid: 'have been cancelled beyond what was paid',
  notAtProvider: 'are cancelled in the table and not at the provider',
  refundsNotAtProvider: 'are cancelled in the table ({ids}) and not at the provider',
  unknownPayment: 'the table does not hold this payment',
  unreadableItem: 'its item cannot be read or written',
  paidTwice: 'several payments of the order have money left',
  amountDiffers: 'the order should have cost something else',
  unreliable: "what i'mport lists cannot be relied on",
} as const;

/** Never holds a reason: that is a customer's text. */
export interface Told {
  /** The whole of it, in English. */
  readonly note: string;
  /** Its name, and what belongs into its words. Absent where the note is a doubt's text, or an older version has kept it. */
  readonly why?: keyof typeof FINDINGS;
  readonly refundIds?: readonly string[];
}

export interface ToldOfMoney extends Told {
  /** In minor units of `currency`. Absent where no amount is in question. */
  readonly amount?: number;
  readonly currency?: string;
}

export function told(why: keyof typeof FINDINGS, refundIds: readonly string[] = []): Told {
  const note = FINDINGS[why].replace('{ids}', refundIds.join(', '));
  return { note, why, ...(refundIds.length === 0 ? {} : { refundIds }) };
}
