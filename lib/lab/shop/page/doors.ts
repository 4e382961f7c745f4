import type { Payment, PaymentOfOrder } from '../../../client/refund-client.ts';
import type { Moment } from '../../../cli/timeline.ts';
import type { Both } from './language.ts';
import type { ReportJson } from './report.ts';

/** The local run's own doors, as the page uses them. What did not work is undefined, never thrown. */

export interface ShopPayment extends PaymentOfOrder {
  readonly name: string | null;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly cancel_amount: number;
  readonly paid_at: number;
  readonly in_doubt: boolean;
}

export interface ShopOrder {
  readonly merchant_uid: string;
  readonly customer_id: string | null;
  readonly payments: readonly ShopPayment[];
}

export async function call(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(path, {
    method,
    ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
  });
}

async function answer<T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T | undefined> {
  try {
    const said = await call(method, path, body);
    return said.ok ? ((await said.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

const at = encodeURIComponent;

export async function shopOrders(): Promise<readonly ShopOrder[] | undefined> {
  return (await answer<{ orders: readonly ShopOrder[] }>('GET', '/_local/orders'))?.orders;
}

export type TimelineMoment = Moment & { readonly imp_uid?: string };

/** What happened, as the table remembers it. */
export async function momentsOf(order: string): Promise<readonly TimelineMoment[] | undefined> {
  const path = `/_local/payments/${at(order)}/timeline`;
  return (await answer<{ moments: readonly TimelineMoment[] }>('GET', path))?.moments;
}

/** What i'mport itself holds of a payment. */
export type AtProvider = Pick<Payment, 'cancel_amount' | 'cancel_history'>;

export async function atProvider(impUid: string): Promise<AtProvider | undefined> {
  return answer<AtProvider>('GET', `/_local/iamport/${at(impUid)}`);
}

export async function cancelInConsole(impUid: string, amount: number): Promise<boolean> {
  return (await answer('POST', `/_local/iamport/${at(impUid)}/console-cancel`, { amount })) !== undefined;
}

export type Faults = readonly { readonly fault: string; readonly times?: number }[];

export async function scripted(): Promise<Faults | undefined> {
  return (await answer<{ faults: Faults }>('GET', '/_local/faults'))?.faults;
}

export async function script(fault: object): Promise<boolean> {
  return (await answer('POST', '/_local/faults', fault)) !== undefined;
}

export async function clearFaults(): Promise<boolean> {
  return (await answer('DELETE', '/_local/faults')) !== undefined;
}

/** The simulator's own list of what can go wrong, each with a line for people. */
export type Known = Readonly<Record<string, Both & { readonly group: string }>>;

export async function knownFaults(): Promise<Known> {
  return (await answer<{ known: Known }>('GET', '/_local/faults/known'))?.known ?? {};
}

export async function isDown(): Promise<boolean> {
  return (await answer<{ down: boolean }>('GET', '/_local/iamport/down'))?.down === true;
}

export async function setDown(down: boolean): Promise<boolean> {
  return (await answer('POST', '/_local/iamport/down', { down })) !== undefined;
}

export async function resolveNow(): Promise<boolean> {
  return (await answer('POST', '/_local/resolve')) !== undefined;
}

export async function reports(): Promise<readonly ReportJson[] | undefined> {
  return (await answer<{ reports: readonly ReportJson[] }>('GET', '/_local/reconciliation'))?.reports;
}

export interface ReconciliationRun {
  readonly finished: boolean;
  readonly failed?: string;
}

export async function reconcileNow(): Promise<ReconciliationRun | undefined> {
  return answer<ReconciliationRun>('POST', '/_local/reconcile');
}
