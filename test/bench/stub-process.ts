import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stubProvider } from './stub-provider.ts';
import { stubTable } from './stub-table.ts';

/**
 * A process of its own that plays table, secret and provider, so that their work is not counted as ours. Notes with its own
 * clock when each request came and was answered: from that, waits in a row are counted.
 */

/** One request, in ms of this process's clock. */
export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the first ones since the last turn: who records calls needs no more. */
  readonly asked?: Asked;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  /** `x-amz-target`; empty: i'mport. */
  readonly target: string;
  readonly body: string;
}

const RECORDED = 50;

const table = stubTable();
const provider = stubProvider();
let spans: Span[] = [];
let delayMs = 0;
/** So many times as long as a read of the table. */
const LOOK_TAKES = 3;

const SECRET = JSON.stringify({ Name: 'iamport', SecretString: '{"imp_key":"key","imp_secret":"secret"}' });

function answer(url: string, target: string, body: string): { name: string; text: string } {
  const [service = '', action = ''] = target.split('.');
  if (service.startsWith('secretsmanager')) return { name: 'secret', text: SECRET };
  if (service.startsWith('DynamoDB')) return { name: action, text: JSON.stringify(table(action, body)) };
  const name = /getToken/.test(url) ? 'token' : /cancel/.test(url) ? 'cancel' : 'look';
  return { name, text: JSON.stringify(provider(url, body)) };
}

const server = createServer((request, response) => {
  const fromMs = performance.now();
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const url = request.url ?? '';
    if (url.startsWith('/_bench')) {
      ({ delay: delayMs = 0 } = body === '' ? {} : (JSON.parse(body) as { delay?: number }));
      const told = JSON.stringify(spans);
      spans = [];
      response.end(told);
      return;
    }
    const { method = '' } = request;
    const target = String(request.headers['x-amz-target'] ?? '');
    const { name, text } = answer(url, target, body);
    const send = (): void => {
      response.end(text);
      const span = { name, fromMs, toMs: performance.now() };
      spans.push(spans.length < RECORDED ? { ...span, asked: { method, url, target, body } } : span);
    };
    // A look goes to the provider, which is farther away than a table.
    const ownMs = name === 'look' ? delayMs * LOOK_TAKES : delayMs;
    if (ownMs === 0) send();
    else setTimeout(send, ownMs);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
// Ends with the benchmark process.
process.once('disconnect', () => process.exit());
