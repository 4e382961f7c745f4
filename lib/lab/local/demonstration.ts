import { LocalRunError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import type { LocalRun } from './runner.ts';

const CUSTOMER = 'demo-customer';
const AMOUNT = 50_000;
const REFUND_AMOUNT = 10_000;

/** The text that `npm start` prints when it is ready: the addresses, and the commands for a refund. */
export async function refundCommand(run: LocalRun): Promise<string> {
  const info = await call(`${run.url}/_local`);
  const order = run.simulator === undefined ? 'MERCHANT_UID' : await payForAnOrder(run.url);
  const about =
    run.simulator === undefined
      ? `Refund a payment of ${String(info['iamport'])} (POST /_local/payments writes its order):`
      : `Refund ${REFUND_AMOUNT} of the ${AMOUNT} won paid for ${order}:`;
  return `
  API           ${run.url}
  Storefront    ${run.url}/
  Staff desk    ${run.url}/desk/
  i'mport       ${String(info['iamport'])}${run.simulator === undefined ? '' : ' (simulator)'}
  DynamoDB      ${String(info['dynamodb'])} (${run.tables.orders}, ${run.tables.ledger})
  Events        ${run.url}/_local/events; ${posted(info)}
  Controls      ${run.url}/_local
  Pages         ${[run.url, ...run.allowedOrigins].join(', ')} may call the API; allow others with ALLOWED_ORIGINS=…

${about}

${curl(run.url, order)}

Ctrl-C stops.
`;
}

function posted({ events_url: url, events_secret: secret }: JsonObject): string {
  const signed = `signed with ${String(secret)}`;
  return typeof url === 'string' ? `posted to ${url}, ${signed}` : `posted by EVENTS_URL=…, ${signed}`;
}

/** Two commands for any shell: get a token for the customer, and send the refund. */
function curl(url: string, merchantUid: string): string {
  const body = JSON.stringify({
    merchant_uid: merchantUid,
    cancel_request_amount: REFUND_AMOUNT,
    reason: 'size',
  });
  const token = `curl -s ${url}/_local/token -d '{"sub":"${CUSTOMER}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`;
  return `TOKEN=$(${token})
curl -s ${url}/payments/cancel -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${body}'`;
}

/** A new order at each start, so that the command always works. */
async function payForAnOrder(url: string): Promise<string> {
  const number = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 17);
  const payment = {
    imp_uid: `imp_${number}`,
    merchant_uid: `order-${number}`,
    name: 'Demonstration order',
    amount: AMOUNT,
    customer_id: CUSTOMER,
  };
  await call(`${url}/_local/payments`, payment);
  return payment.merchant_uid;
}

async function call(url: string, body?: object): Promise<JsonObject> {
  const response = await fetch(url, body && { method: 'POST', body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (isObject(answer) && response.ok) return answer;
  throw new LocalRunError(`${url} answered ${response.status}: ${JSON.stringify(answer)}`);
}
