/** Why a look could not decide (row 7e). The runbook quotes these texts; a test compares them. */
export const DOUBTS = {
  otherPayment: "i'mport answers with another imp_uid",
  otherOrder: "i'mport holds the payment under another order number",
  otherCurrency: "i'mport holds the payment in another currency",
  otherAmount: "i'mport holds another paid amount",
  missing: "i'mport does not know the payment",
  shrunk: "i'mport has cancelled less than before",
  stillAlive: 'the request may still be executed',
  accepted: "i'mport has accepted the cancel, but not booked it",
  acceptedAndMoved: "i'mport has accepted the cancel, and the balance was moved by somebody else",
  asynchronous: 'this PG books later, and has not booked the cancel',
  asynchronousAndMoved: 'this PG books later, and the balance was moved by somebody else',
  couldBeOurs: 'an entry without a tag could be this refund',
  doesNotAddUp: 'cancel_history does not add up to cancel_amount',
} as const;

export type DoubtText = (typeof DOUBTS)[keyof typeof DOUBTS];
