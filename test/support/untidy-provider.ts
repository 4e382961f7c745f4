import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail, historyOf, keptReason, success, type UntidyPayment } from './untidy-payment.ts';

/** What may happen to a cancel or its answer on the way. */
const MISFORTUNES = [
  'lost before',
  'lost after',
  '500 after',
  '502 before',
  'truncated',
  'empty',
  '401',
  '429',
  'refused',
  'already at the PG',
  'done, and 기취소',
  'two steps',
  'late',
  'slow',
] as const;
type Misfortune = (typeof MISFORTUNES)[number];

export interface Executed {
  /** What may happen to its entry in the history. */
  readonly id: string;
  readonly impUid: string;
  readonly amount: number;
  /** As it was sent, whatever the PG does with it. */
  readonly sent: string;
}

/** Repeats the same days: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Another i'mport than the simulator, as untidy as IAMPORT says. One in three of its cancels fails in some way. */
export class UntidyProvider {
  readonly payments = new Map<string, UntidyPayment>();
  readonly executed: Executed[] = [];
  isFaulty = false;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A cancel by others: the console, or another tool. */
  cancelElsewhere(payment: UntidyPayment, amount: number, reason: string): void {
    if (payment.cancelAmount + amount <= payment.amount) book(payment, amount, reason);
  }

  /** The cancellation_id of a refund's entry, as the PG knows it. */
  entryOf({ impUid }: UntidyPayment, refundId: string): string | undefined {
    return this.executed.find((each) => each.impUid === impUid && each.sent.includes(refundId))?.id;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', 'http://provider');
    const [, resource = '', name = '', order = ''] = url.pathname.split('/').map(decodeURIComponent);
    if (resource === 'users') {
      const now = nowSeconds();
      return json(response, 200, success({ access_token: 'token', now, expired_at: now + 1_200 }));
    }
    if (request.method === 'POST') return this.#cancel(JSON.parse(body) as CancelFields, response);
    if (this.isFaulty && this.#random() < 0.1) return json(response, 500, {});
    if (name === 'status') return json(response, 200, success(this.#page(order, url.searchParams)));
    const found = name === 'find' ? undefined : this.payments.get(name);
    return found === undefined
      ? json(response, 404, fail(-1, '존재하지 않는 결제정보입니다.'))
      : json(response, 200, success(historyOf(found)));
  }

  #page(status: string, query: URLSearchParams): object {
    const page = Number(query.get('page'));
    const limit = Number(query.get('limit'));
    const all = [...this.payments.values()].filter(
      ({ cancelAmount }) => (cancelAmount > 0 ? 'cancelled' : 'paid') === status,
    );
    const list = all.slice((page - 1) * limit, page * limit).map(historyOf);
    return { total: all.length, next: all.length > page * limit ? page + 1 : 0, list };
  }

  async #cancel(fields: CancelFields, response: ServerResponse): Promise<void> {
    const misfortune = this.#misfortune();
    if (misfortune === 'lost before') return void response.destroy();
    if (misfortune === '502 before') return void response.writeHead(502).end('<html>');
    if (misfortune === '401') return json(response, 401, fail(-1, 'Unauthorized'));
    if (misfortune === '429') return json(response, 429, {});
    const payment = this.payments.get(fields.imp_uid);
    const refusal = payment === undefined ? '취소할 결제건이 존재하지 않습니다.' : whyNot(payment, fields);
    if (payment === undefined || refusal !== undefined) return json(response, 200, fail(1, refusal ?? ''));
    if (misfortune === 'refused') return json(response, 200, fail(-1, '결제취소에 실패하였습니다. [8178]'));
    if (misfortune === 'already at the PG')
      return json(response, 200, fail(-1, '결제취소에 실패하였습니다. [500626|기 취소 거래]'));
    const carryOut = (): boolean => this.#carryOut(payment, fields);
    if (misfortune === 'late') {
      setTimeout(carryOut, this.#random() * 800);
      return void response.destroy();
    }
    if (misfortune === 'two steps') {
      this.cancelElsewhere(payment, 700, '관리자페이지취소');
      await pause(this.#random() * 600);
    }
    if (payment.habit === 'books later') {
      setTimeout(carryOut, this.#random() * 2_000);
      return misfortune === 'lost after'
        ? void response.destroy()
        : json(response, 200, success(historyOf(payment)));
    }
    if (!carryOut()) return json(response, 200, fail(-1, '결제취소에 실패하였습니다. (balance)'));
    await answer(response, payment, misfortune);
  }

  #misfortune(): Misfortune | undefined {
    if (!this.isFaulty || this.#random() > 1 / 3) return undefined;
    return MISFORTUNES[Math.floor(this.#random() * MISFORTUNES.length)];
  }

  #carryOut(payment: UntidyPayment, { amount, reason = '' }: CancelFields): boolean {
    if (payment.cancelAmount + amount > payment.amount) return false;
    const id = book(payment, amount, keptReason(payment, reason));
    this.executed.push({ id, impUid: payment.impUid, amount, sent: reason });
    return true;
  }
}

interface CancelFields {
  readonly imp_uid: string;
  readonly amount: number;
  readonly checksum: number;
  readonly reason?: string;
}

function whyNot(payment: UntidyPayment, { amount, checksum }: CancelFields): string | undefined {
  const left = payment.amount - payment.cancelAmount;
  if (left === 0) return '이미 전액취소된 주문입니다.';
  return checksum === left && amount <= left ? undefined : '취소 가능 금액이 다릅니다.';
}

function book(payment: UntidyPayment, amount: number, reason: string): string {
  const id = `C-${payment.impUid}-${payment.entries.length}`;
  payment.cancelAmount += amount;
  payment.entries.push({ id, amount, reason, at: nowSeconds() });
  return id;
}

async function answer(
  response: ServerResponse,
  payment: UntidyPayment,
  misfortune: Misfortune | undefined,
): Promise<void> {
  const body = success(historyOf(payment));
  if (misfortune === 'done, and 기취소')
    return json(response, 200, fail(-1, '결제취소에 실패하였습니다. 해당거래 취소실패(기취소성공)'));
  if (misfortune === 'lost after') return void response.destroy();
  if (misfortune === '500 after') return json(response, 500, fail(-1, 'error'));
  if (misfortune === 'empty') return void response.end();
  if (misfortune === 'truncated') return void response.end(JSON.stringify(body).slice(0, 200));
  if (misfortune === 'slow') await pause(500);
  return json(response, 200, body);
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
