import type { Mutation } from './mutation.ts';

/** What an answer of i'mport's proves and what was sent: held by direct tests, since the world of the schedules has no wire. */
export const GUARDS_OF_ANSWERS: readonly Mutation[] = [
  {
    guard: 'an answer about another payment is no ground to give that one back',
    file: 'protocol/find.ts',
    from: "const why = found.kind === 'found' ? anotherPayment(found.payment, look.payment) : undefined;",
    to: 'const why = undefined;',
    by: 'test/unit/protocol/another-payment.test.ts',
  },
  {
    guard: "7c: which PG it is says i'mport, not the shop",
    file: 'refund/read-back.ts',
    from: 'function resendIsSafe({ provider, pending, settings }: ReadBack)',
    to: 'function resendIsSafe({ payment: provider, pending, settings }: ReadBack)',
    by: 'test/unit/refund/read-back.test.ts',
  },
  {
    guard: '10: never against our id in an answer that cannot be read',
    file: 'refund/closing.ts',
    from: ' && !unreadable.refundIds.includes(refundId)',
    to: '',
    by: 'test/unit/protocol/close-evidence.test.ts',
  },
  {
    guard: '9: not sent is only what fails before its connection is open',
    file: 'runtime/transport.ts',
    from: 'opening.isOpen ? (error as Error) : new NotSent(error)',
    to: 'new NotSent(error)',
    by: 'test/unit/runtime/transport-not-sent.test.ts',
  },
  {
    guard: '3b: a cancel leaves in its window also where connecting took long',
    file: 'runtime/transport.ts',
    from: 'isLate: () => now() > sendBeforeMs',
    to: 'isLate: () => false',
    by: 'test/unit/runtime/transport-client.test.ts',
  },
  {
    guard: '8: what the shop has written over in part is put right, amount and currency with it',
    file: 'protocol/booking.ts',
    from: '(isIncomplete ? anotherPayment : differentPayment)',
    to: '(differentPayment)',
    by: 'test/unit/protocol/odd-items.test.ts',
  },
];
