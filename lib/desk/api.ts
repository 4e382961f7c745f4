import type * as v from 'valibot';
import type { Closing, Proposal } from '../../functions/http/answer-schemas.ts';
import type { ProblemCode } from '../../functions/http/codes.ts';
import type { ListAnswer, ListedRefund } from '../../functions/http/listed.ts';
import type { FoundDifference, Report, ReportsAnswer } from '../../functions/http/reports.ts';
import { paymentPath, refundPath } from '../client/api-connection.ts';
import { sleep } from '../client/options.ts';
import type {
  HistoryEntry,
  Payment as CustomersPayment,
  Problem,
  Refund as CustomersRefund,
} from '../client/types.ts';
import type { Session } from './session.ts';

// The answers for staff, validated by the service's own schemas.
export type { HistoryEntry, ListedRefund };
export type ListPage = v.InferOutput<typeof ListAnswer>;
export type Reports = v.InferOutput<typeof ReportsAnswer>;
export type Report = v.InferOutput<typeof Report>;
export type Finding = v.InferOutput<typeof FoundDifference>;
export type Proposal = v.InferOutput<typeof Proposal>;
export type Closing = v.InferOutput<typeof Closing>;
export interface Refund extends CustomersRefund {
  readonly proposal?: Proposal;
  readonly closed_by?: Closing;
  readonly undone_by?: Closing;
}
export interface Payment extends CustomersPayment {
  readonly refunds?: readonly Refund[];
}

/** A failure shown instead of an answer; `OFFLINE` and `SIGNED_OUT` never come from the service. */
export interface Failure {
  readonly code: ProblemCode | 'OFFLINE' | 'SIGNED_OUT' | (string & Record<never, never>);
  readonly problem: Problem;
}
export type Answer<Body> = { readonly body: Body; readonly status: number } | { readonly failure: Failure };

interface Call {
  readonly path: string;
  readonly body?: object;
  readonly accept?: string;
}

interface CsvPage {
  /** As bytes, because decoding as text would remove the byte order mark. */
  readonly file: Blob;
  readonly next: string | undefined;
}

/** The gateway's timeout is 30 s. */
const TIMEOUT_MS = 40_000;
/** Waits and retries when the service is busy; reading a page twice changes nothing. */
const WAITS_MS = [1_000, 2_000, 4_000];
const MOST_A_PAGE = '100';

/** The routes that the desk calls, except `POST /payments/cancel`, which the browser client calls. */
export class Api {
  readonly #url: string;
  readonly #session: Session;
  readonly #language: string;

  constructor(url: string, session: Session, language: string) {
    this.#url = url;
    this.#session = session;
    this.#language = language;
  }

  /** `before`: refunds older than this one. */
  async payment(order: string, impUid: string | undefined, before?: string): Promise<Answer<Payment>> {
    const path = paymentPath({ merchant_uid: order, imp_uid: impUid ?? null });
    const older =
      before === undefined ? '' : `${path.includes('?') ? '&' : '?'}before=${encodeURIComponent(before)}`;
    return this.#json<Payment>({ path: path + older });
  }

  async refunds(query: Readonly<Record<string, string>>): Promise<Answer<ListPage>> {
    return this.#json<ListPage>({ path: `/refunds?${new URLSearchParams(query).toString()}` });
  }

  async reports(): Promise<Answer<Reports>> {
    return this.#json<Reports>({ path: '/reconciliation' });
  }

  async acknowledge(id: string, note: string): Promise<Answer<unknown>> {
    const path = `/reconciliation/findings/${encodeURIComponent(id)}/acknowledge`;
    return this.#json<unknown>({ path, body: { note } });
  }

  async close(payment: Payment, refundId: string, said: object): Promise<Answer<unknown>> {
    const [path = '', query] = refundPath(payment, refundId).split('?');
    return this.#json<unknown>({ path: `${path}/close?${query ?? ''}`, body: said });
  }

  /** The pages of a list; a failure is returned as the last one. */
  async *pages(query: Readonly<Record<string, string>>): AsyncGenerator<Answer<ListPage>, void> {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const asked = { ...query, limit: MOST_A_PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#patiently(async () => this.refunds(asked));
      yield page;
      cursor = 'failure' in page ? null : page.body.next;
    }
  }

  /** The service's CSV: all pages joined are the file. */
  async *csv(query: Readonly<Record<string, string>>): AsyncGenerator<Answer<CsvPage>, void> {
    const first = new URLSearchParams({ ...query, limit: MOST_A_PAGE });
    for (let next: string | undefined = `?${first.toString()}`; next !== undefined;) {
      const asked: Call = { path: `/refunds${next}`, accept: 'text/csv' };
      const page: Answer<CsvPage> = await this.#patiently(async () => this.#answer(asked, csvPage));
      yield page;
      next = 'failure' in page ? undefined : page.body.next;
    }
  }

  async #patiently<Body>(ask: () => Promise<Answer<Body>>): Promise<Answer<Body>> {
    for (const waitMs of WAITS_MS) {
      const answer = await ask();
      const status = 'failure' in answer ? answer.failure.problem.status : 200;
      if (status !== 429 && status !== 503) return answer;
      await sleep(waitMs);
    }
    return ask();
  }

  /** The codec: the answer is validated by the schemas of the service. */
  async #json<Body>(call: Call): Promise<Answer<Body>> {
    return this.#answer(call, async (response) => (await response.json()) as Body);
  }

  async #answer<Body>(call: Call, read: (response: Response) => Promise<Body>): Promise<Answer<Body>> {
    try {
      const first = await this.#send(call, false);
      const response = first?.status === 401 ? await this.#send(call, true) : first;
      if (response === undefined || response.status === 401) return failed('SIGNED_OUT', { status: 401 });
      if (response.ok) return { body: await read(response), status: response.status };
      const problem = (await response.json().catch(() => ({}))) as Problem;
      return failed(problem.code ?? gatewayCode(response.status), { ...problem, status: response.status });
    } catch {
      return failed('OFFLINE', {});
    }
  }

  /** Undefined: nobody is signed in. */
  async #send(
    { path, body, accept = 'application/json' }: Call,
    renew: boolean,
  ): Promise<Response | undefined> {
    const token = await this.#session.token({ renew });
    if (token === '') return undefined;
    return fetch(`${this.#url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept,
        authorization: `Bearer ${token}`,
        'accept-language': this.#language,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

function failed(code: Failure['code'], problem: Problem): { readonly failure: Failure } {
  return { failure: { code, problem } };
}

async function csvPage(response: Response): Promise<CsvPage> {
  const [, next] = /<[^>?]*(\?[^>]*)>;\s*rel="next"/.exec(response.headers.get('link') ?? '') ?? [];
  return { file: await response.blob(), next };
}

/** The gateway's own errors have no code. */
function gatewayCode(status: number): Failure['code'] {
  if (status === 403) return 'FORBIDDEN';
  return status === 429 ? 'TOO_MANY_REFUNDS' : 'INTERNAL_ERROR';
}
