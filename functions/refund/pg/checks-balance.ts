/**
 * PGs that compare the remaining balance stated in a partial cancel with their own, so that a repeated one is refused by
 * the PG even if i'mport had lost the first: KCP (`rem_mny`), KG Inicis (`confirmPrice`), PAYCO (`totalCancelPossibleAmt`),
 * Eximbay (`balance`). Sources: IAMPORT 11. Of the others nothing is known, so they are not here; a deployer can add to them.
 */
const CHECKS_BALANCE: ReadonlySet<string> = new Set([
  'kcp',
  'kcp_billing',
  'html5_inicis',
  'inicis',
  'inicis_unified',
  'payco',
  'eximbay',
]);

export function checksBalance(pgProvider: string | undefined, more: ReadonlySet<string>): boolean {
  return pgProvider !== undefined && (CHECKS_BALANCE.has(pgProvider) || more.has(pgProvider));
}
