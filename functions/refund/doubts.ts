/** Why a look could not decide (row 7e). The runbook quotes these texts; a test compares them. */
export const DOUBTS = {
  otherPayment: 'the provider answers with another payment',
  otherOrder: 'the provider holds the payment under another order number',
  otherCurrency: 'the provider holds the payment in another currency',
  orderCurrency: "the shop's order is in another currency than the payment",
  otherAmount: 'the provider holds another paid amount',
  missing: 'the provider does not know the payment',
  shrunk: 'the provider has cancelled less than before',
  sumNotTold: 'the provider does not say how much is cancelled',
  unreadable: 'the provider cannot be asked, or its answer cannot be read',
  stillAlive: 'the request may still be executed',
  firstLook: 'nothing of it was found once; a second look decides',
  asynchronous: 'this PG cancels later, and has not done it yet',
  couldBeOurs: 'an entry without a tag may be this refund',
  partly: 'entries with our tag add up to less than was asked',
  doesNotAddUp: 'the history does not add up to the cancelled amount',
} as const;

export type DoubtText = (typeof DOUBTS)[keyof typeof DOUBTS];
