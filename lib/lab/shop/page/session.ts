import { isPathless } from '../../../client/pathless.ts';
import {
  createRefundClient,
  type Payment,
  type PaymentOfOrder,
  type Refund,
  type RefundClient,
} from '../../../client/refund-client.ts';
import { language, say } from './language.ts';
import { call } from './doors.ts';

/** Whom the demo can be: a customer, and two of the staff, because closing needs two. */
export const PEOPLE = {
  customer: { sub: 'demo-customer', groups: [] },
  staff1: { sub: 'demo-staff', groups: ['refund-staff'] },
  staff2: { sub: 'demo-staff-2', groups: ['refund-staff'] },
} as const satisfies Readonly<Record<string, { readonly sub: string; readonly groups: readonly string[] }>>;

export type Person = keyof typeof PEOPLE;
export const CUSTOMER = PEOPLE.customer.sub;
const KEPT_AS = 'demo-who';

function isPerson(name: string | null): name is Person {
  return name !== null && Object.hasOwn(PEOPLE, name);
}

const kept = localStorage.getItem(KEPT_AS);
/** The page is loaded again when somebody else signs in. */
export const person: Person = isPerson(kept) ? kept : 'customer';
export const isStaff = person !== 'customer';
export const { sub } = PEOPLE[person];

/** The demo's people have names; of anybody else only the token's `sub` is known. */
export function whoIs(subject: string): string {
  const known = Object.entries(PEOPLE).find(([, each]) => each.sub === subject)?.[0] ?? null;
  return isPerson(known) ? say(`who_${known}`) : subject;
}

export function signIn(chosen: string): void {
  localStorage.setItem(KEPT_AS, chosen);
  location.reload();
}

let token: Promise<string> | undefined;

/** Asked for again after a failure: one lost request must not leave the page without a token for good. */
async function tokenNow(renew: boolean): Promise<string> {
  if (renew) token = undefined;
  token ??= freshToken();
  try {
    return await token;
  } catch (error) {
    token = undefined;
    throw error;
  }
}

async function freshToken(): Promise<string> {
  const said = await call('POST', '/_local/token', PEOPLE[person]);
  if (!said.ok) throw new Error(`no token: HTTP ${said.status}`);
  return ((await said.json()) as { access_token: string }).access_token;
}

export const client: RefundClient = createRefundClient({
  getToken: async ({ renew }) => tokenNow(renew),
  language,
});

/** The service's own API, where a page wants to know why it has no answer; undefined: it was not reached. */
async function ask(path: string, init: RequestInit = {}): Promise<Response | undefined> {
  try {
    for (const renew of [false, true]) {
      const authorization = `Bearer ${await tokenNow(renew)}`;
      const headers = { 'content-type': 'application/json', 'accept-language': language, authorization };
      const said = await fetch(path, { ...init, headers });
      if (said.status !== 401 || renew) return said;
    }
  } catch {
    // No token, or no connection: for the page it is the same.
  }
  return undefined;
}

export type Look =
  | { readonly kind: 'found'; readonly payment: Payment }
  | { readonly kind: 'several'; readonly payments: readonly PaymentOfOrder[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed' };

/** Reading a payment in doubt that is due resolves it, so looking is enough. */
export async function look(order: string, impUid?: string, before?: string): Promise<Look> {
  const query = new URLSearchParams({
    ...(impUid === undefined ? {} : { imp_uid: impUid }),
    ...(before === undefined ? {} : { before }),
  });
  // An order number that a path cannot carry is found by its payment.
  const path =
    impUid !== undefined && isPathless(order) ? '/payments' : `/payments/${encodeURIComponent(order)}`;
  const said = await ask(`${path}?${query.toString()}`);
  if (said === undefined) return { kind: 'failed' };
  const body = (await said.json().catch(() => ({}))) as Payment & { readonly code?: string };
  if (said.ok) return { kind: 'found', payment: body };
  if (body.code === 'SEVERAL_PAYMENTS') return { kind: 'several', payments: body.payments ?? [] };
  return { kind: said.status === 404 ? 'missing' : 'failed' };
}

export interface Verdict {
  readonly verdict: 'executed' | 'not_executed';
  readonly cancellation_id?: string;
  readonly evidence: string;
}

export type Closed =
  | { readonly kind: 'closed' }
  | { readonly kind: 'proposed'; readonly refund: Refund }
  | { readonly kind: 'refused'; readonly message: string | undefined };

/** Row 10: proposed by one member of staff, approved by another. */
export async function close(
  { merchant_uid: order, imp_uid: impUid }: Pick<Payment, 'merchant_uid' | 'imp_uid'>,
  refundId: string,
  verdict: Verdict,
): Promise<Closed> {
  const [segment, query] = isPathless(order) ? ['-', `?imp_uid=${encodeURIComponent(impUid)}`] : [order, ''];
  const path = `/payments/${encodeURIComponent(segment)}/refunds/${encodeURIComponent(refundId)}/close${query}`;
  const said = await ask(path, { method: 'POST', body: JSON.stringify(verdict) });
  if (said === undefined) return { kind: 'refused', message: undefined };
  const body = (await said.json().catch(() => ({}))) as { refund: Refund; message?: string };
  if (said.status === 200) return { kind: 'closed' };
  if (said.status === 202) return { kind: 'proposed', refund: body.refund };
  return { kind: 'refused', message: body.message };
}
