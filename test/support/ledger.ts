import type { Client } from './local-run.ts';

/** The fields of a payment on which service and provider must agree. */
export interface Balance {
  readonly cancelAmount: number;
  readonly entries: readonly { readonly amount: number; readonly reason: string }[];
}

function balanceOf(body: Readonly<Record<string, unknown>>): Balance {
  const history = body['cancel_history'] as readonly { amount: number; reason: string }[];
  return {
    cancelAmount: Number(body['cancel_amount']),
    entries: history.map(({ amount, reason }) => ({ amount, reason })),
  };
}

export async function atProvider(run: Client, impUid: string): Promise<Balance> {
  return balanceOf((await run.call('GET', `/_local/iamport/${impUid}`)).body);
}

export interface ToldRefund {
  readonly refund_id: string;
  readonly status: string;
  readonly amount: number;
}

/** Balance and refunds as the service tells them to staff. */
export async function inService(
  run: Client,
  merchantUid: string,
): Promise<Balance & { readonly refunds: readonly ToldRefund[] }> {
  const authorization = await run.signIn({ sub: 'auditor', groups: ['refund-staff'] });
  const { status, body } = await run.call('GET', `/payments/${merchantUid}`, { headers: { authorization } });
  if (status !== 200) throw new Error(`${merchantUid}: ${status} ${JSON.stringify(body)}`);
  return { ...balanceOf(body), refunds: body['refunds'] as readonly ToldRefund[] };
}

/** How often the provider's history names a refund: never more than once. */
export function timesMoved({ entries }: Balance, refundId: string): number {
  return entries.filter(({ reason }) => reason.includes(`[${refundId}]`)).length;
}
