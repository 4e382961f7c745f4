import { createRefundClient, type RefundClient } from '../../client/refund-client.ts';
import { language } from '../../desk/text.ts';

/** The one customer of the demo. */
export const CUSTOMER = 'demo-customer';

/** Calls a control of the local run, which no real shop has. `undefined` if it fails. */
export async function local(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const said = await fetch(`/_local/${path}`, { method, ...sent });
    return said.ok ? ((await said.json()) as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Kept in memory; empty until a request for a token succeeds. */
let token = '';

async function tokenNow(renew: boolean): Promise<string> {
  if (renew || token === '') {
    const said = await local('POST', 'token', { sub: CUSTOMER });
    token = typeof said?.['access_token'] === 'string' ? said['access_token'] : '';
  }
  return token;
}

export const client: RefundClient = createRefundClient({
  getToken: async ({ renew }) => tokenNow(renew),
  language,
});
