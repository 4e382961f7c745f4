import type { ProviderRefusal } from '../refund/rejection.ts';

/**
 * Two kinds of refusal that a shop can do something about; i'mport has no codes for them, only the PG's texts (IAMPORT 2,
 * "Two special classes"). Asking again is useless until the balance at the PG is filled up, and right after maintenance.
 */
const REASONS = [
  [
    'settlement_shortage',
    /\[8178\]|\[2026\]|\[9029\]|상계가능 정산금액|미정산 금액보다|취소가능 금액이 부족|취소불가 상태/,
  ],
  ['pg_maintenance', /MaintenanceOngoing/i],
] as const;

export const PROVIDER_REASONS = REASONS.map(([reason]) => reason);

/** What the provider answered, with its reason where the text is one of the known ones. */
export function providerJson({ code, message }: ProviderRefusal) {
  const reason = REASONS.find(([, text]) => text.test(message))?.[0];
  return { code, message, ...(reason === undefined ? {} : { reason }) };
}
