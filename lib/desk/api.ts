import type * as v from 'valibot';
import type { ProblemCode } from '../../functions/http/codes.ts';
import type { ListAnswer, ListedRefund } from '../../functions/http/listed.ts';
import type { FoundDifference, Report, ReportsAnswer } from '../../functions/http/reports.ts';
import { ApiConnection, paymentPath, refundPath } from '../client/api-connection.ts';
import { sleep, type RefundClientOptions } from '../client/options.ts';
import type { HistoryEntry, Payment, Problem, Refund } from '../client/types.ts';

// The answers for staff, validated by the service's own schemas.
export type { HistoryEntry, ListedRefund, Payment, Refund };
export type ListPage = v.InferOutput<typeof ListAnswer>;
export type Reports = v.InferOutput<typeof ReportsAnswer>;
export type Report = v.InferOutput<typeof Report>;
export type Finding = v.InferOutput<typeof FoundDifference>;
export type Proposal = NonNullable<Refund['proposal']>;
export type Closing = NonNullable<Refund['closed_by']>;

/** A failure shown instead of an answer; `OFFLINE` and `SIGNED_OUT` never come from the service. */
export interface Failure {
  readonly code: ProblemCode | 'OFFLINE' | 'SIGNED_OUT' | (string & Record<never, never>);
  readonly problem: Problem;
}
export type Answer<Body> = { readonly status: number } & (
  | { readonly body: Body }
  | { readonly failure: Failure }
);

interface CsvPage {
  /** As bytes, because decoding as text would remove the byte order mark. */
  readonly file: Blob;
  readonly next: string | undefined;
}

/** Waits and retries when the service is busy; reading a page twice changes nothing. */
const WAITS_MS = [1_000, 2_000, 4_000];
const MOST_A_PAGE = '100';

/** The routes for staff, as the desk and `npm run refunds` call them; the browser client calls `POST /payments/cancel`. */
export class Api {
  readonly #connection: ApiConnection;

  constructor(options: RefundClientOptions) {
    this.#connection = new ApiConnection(options);
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

  async close(
    payment: Parameters<typeof refundPath>[0],
    refundId: string,
    said: object,
  ): Promise<Answer<unknown>> {
    const [path = '', query] = refundPath(payment, refundId).split('?');
    const asked = query === undefined ? '' : `?${query}`;
    return this.#json<unknown>({ path: `${path}/close${asked}`, body: said });
  }

  /** A long page of a list, to add it up. Waits and tries again while the service is busy. */
  async longPage(
    query: Readonly<Record<string, string>>,
    cursor: string | null | undefined,
  ): Promise<Answer<ListPage>> {
    const asked = { ...query, limit: MOST_A_PAGE, ...(cursor ? { cursor } : {}) };
    return this.#patiently(async () => this.refunds(asked));
  }

  /** The service's CSV: all pages joined are the file. */
  async *csv(query: Readonly<Record<string, string>>): AsyncGenerator<Answer<CsvPage>, void> {
    const first = new URLSearchParams({ ...query, limit: MOST_A_PAGE });
    for (let next: string | undefined = `?${first.toString()}`; next !== undefined;) {
      const path: string = `/refunds${next}`;
      const call = { path, headers: { accept: 'text/csv' } };
      const page = await this.#patiently(async () => this.#answer(call, csvPage));
      yield page;
      next = 'failure' in page ? undefined : page.body.next;
    }
  }

  async #patiently<Body>(ask: () => Promise<Answer<Body>>): Promise<Answer<Body>> {
    for (const waitMs of WAITS_MS) {
      const answer = await ask();
      if (answer.status !== 429 && answer.status !== 503) return answer;
      await sleep(waitMs);
    }
    return ask();
  }

  /** The codec: the answer is validated by the schemas of the service. */
  async #json<Body>(call: { readonly path: string; readonly body?: object }): Promise<Answer<Body>> {
    return this.#answer(call, async (response) => (await response.json()) as Body);
  }

  async #answer<Body>(
    call: {
      readonly path: string;
      readonly body?: object;
      readonly headers?: Readonly<Record<string, string>>;
    },
    bodyOf: (response: Response) => Promise<Body>,
  ): Promise<Answer<Body>> {
    const read = async (response: Response): Promise<Answer<Body>> => {
      const { status, ok } = response;
      if (ok) return { status, body: await bodyOf(response) };
      const problem = (await response.json().catch(() => ({}))) as Problem;
      const code = status === 401 ? 'SIGNED_OUT' : (problem.code ?? gatewayCode(status));
      return { status, failure: { code, problem: { ...problem, status } } };
    };
    const offline = { status: 0, failure: { code: 'OFFLINE', problem: {} } } as const;
    return (await this.#connection.ask({ ...call, read })) ?? offline;
  }
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
