import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { marshall } from '@aws-sdk/util-dynamodb';
import { paymentToItem } from '../../functions/ledger/payment-item.ts';
import { parsePayment } from '../../lib/lab/simulator/payment.ts';
import { thePayment } from '../support/ledger-samples.ts';

/**
 * A process of its own that plays table, secret and i'mport, so that their work is not counted as the service's. It keeps
 * nothing: every order has one payment of 10,000 won, every write succeeds, and every cancel is the first one.
 */

/** One request, in ms of this process's clock. */
export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Expressions {
  readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
}

const ORDERS = /^bench-/;
const PAID_AT = 1_768_435_200;
const SECRET = { Name: 'iamport', SecretString: '{"imp_key":"key","imp_secret":"secret"}' };

function tableAnswer(
  action: string,
  { Key = {}, ExpressionAttributeValues: values = {} }: Expressions,
): object {
  if (action === 'GetItem') {
    const isOrder = ORDERS.test(Key['merchant_uid']?.S ?? '');
    return isOrder ? { Item: { ...Key, customer_id: { S: 'customer' } } } : {};
  }
  if (action !== 'Query') return {};
  const merchantUid = (values[':partition']?.S ?? '').slice('order#'.length);
  return { Items: ORDERS.test(merchantUid) ? [paymentItem(merchantUid)] : [] };
}

function paymentItem(merchantUid: string): object {
  const names = { merchantUid, impUid: `imp_${merchantUid}` };
  const known = thePayment({ ...names, payMethod: 'card', pgProvider: 'html5_inicis' });
  return marshall(paymentToItem(known), { removeUndefinedValues: true });
}

function providerAnswer(name: string, path: string, body: string): object {
  const now = Math.floor(Date.now() / 1000);
  if (name === 'token') return { access_token: 'token', now, expired_at: now + 3_600 };
  if (name === 'look') return paymentWith(/^\/payments\/([^?]+)/.exec(path)?.[1] ?? '', []);
  const { imp_uid: impUid, amount, reason } = JSON.parse(body) as Readonly<Record<string, string>>;
  return paymentWith(impUid ?? '', [{ amount, reason, receipt_url: 'https://receipts.example/1' }]);
}

function paymentWith(imp_uid: string, cancel_history: readonly object[]): object {
  const names = { imp_uid, merchant_uid: imp_uid.replace(/^imp_/, '') };
  return parsePayment({ ...names, amount: 10_000, paid_at: PAID_AT, cancel_history }, Date.now()).shown;
}

/** @param target the header `x-amz-target`; empty for a request to i'mport */
function answerOf(url: string, target: string, body: string): { name: string; answer: object } {
  const [service = '', action = ''] = target.split('.');
  if (service.startsWith('secretsmanager')) return { name: 'secret', answer: SECRET };
  if (target !== '') return { name: action, answer: tableAnswer(action, JSON.parse(body) as Expressions) };
  const name = /getToken/.test(url) ? 'token' : /cancel/.test(url) ? 'cancel' : 'look';
  return { name, answer: { code: 0, message: null, response: providerAnswer(name, url, body) } };
}

/** The provider is farther away than the table: a look takes so many times as long as a read. */
const LOOK_TAKES = 3;
let spans: Span[] = [];
let delayMs = 0;

const server = createServer((request, response) => {
  const fromMs = performance.now();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const url = request.url ?? '';
    if (url.startsWith('/_bench')) {
      delayMs = Number(body);
      response.end(JSON.stringify(spans));
      spans = [];
      return;
    }
    const { name, answer } = answerOf(url, String(request.headers['x-amz-target'] ?? ''), body);
    const send = (): void => {
      response.end(JSON.stringify(answer));
      spans.push({ name, fromMs, toMs: performance.now() });
    };
    if (delayMs === 0) send();
    else setTimeout(send, name === 'look' ? delayMs * LOOK_TAKES : delayMs);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
// Ends with the benchmark process.
process.once('disconnect', () => process.exit());
