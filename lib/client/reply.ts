import { sleep } from './sleep.ts';
import { subjectOfJwt } from './subject.ts';
import type { Following, RefundClientOptions } from './options.ts';

/** The gateway gives up after 30 s; what has not come a while later does not come any more. */
const REQUEST_TIMEOUT_MS = 40_000;

export interface Reply {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A request of this subject must not go out in the name of another: the key would be another key. */
  readonly subject?: string | null;
}

/** As if the door had said it: there is no token, or one of somebody else. Nothing is sent. */
const NOT_SIGNED_IN: Reply = { status: 401, retryAfterMs: undefined, body: {} };

/** How the client speaks to the API. Headers are those that the API's CORS rules allow, and no cookie goes along. */
export class Line {
  readonly #options: RefundClientOptions;

  constructor(options: RefundClientOptions) {
    this.#options = options;
  }

  /** Undefined: no answer at all, or one that nobody can read. */
  async ask(call: Call, following: Following): Promise<Reply | undefined> {
    const first = await this.#once(call, following, false);
    return first?.status === 401 ? this.#once(call, following, true) : first;
  }

  /** Undefined: there is no token. */
  async subject(): Promise<{ readonly subject: string | null } | undefined> {
    const token = await this.#token(false);
    return token === undefined ? undefined : { subject: this.#subjectOf(token) };
  }

  #subjectOf(token: string): string | null {
    try {
      return (this.#options.subjectOf ?? subjectOfJwt)(token) ?? null;
    } catch {
      return null;
    }
  }

  async #token(renew: boolean): Promise<string | undefined> {
    try {
      const token = await this.#options.getToken({ renew });
      return typeof token === 'string' && token !== '' ? token : undefined;
    } catch {
      return undefined;
    }
  }

  async #once(call: Call, following: Following, renew: boolean): Promise<Reply | undefined> {
    const token = await this.#token(renew);
    if (token === undefined) return NOT_SIGNED_IN;
    const isForeign = call.subject !== undefined && this.#subjectOf(token) !== call.subject;
    return isForeign ? NOT_SIGNED_IN : this.#exchange(call, token, following);
  }

  async #exchange(call: Call, token: string, { signal }: Following): Promise<Reply | undefined> {
    const { baseUrl = '', language = 'ko' } = this.#options;
    const send = this.#options.fetch ?? globalThis.fetch.bind(globalThis);
    const hangUp = new AbortController();
    void sleep(REQUEST_TIMEOUT_MS, hangUp.signal).then(() => hangUp.abort());
    const leave = (): void => hangUp.abort();
    signal?.addEventListener('abort', leave);
    if (signal?.aborted === true) leave();
    const { path, method, body } = call;
    try {
      const response = await send(`${baseUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: { ...call.headers, authorization: `Bearer ${token}`, 'accept-language': language },
        credentials: 'omit',
        cache: 'no-store',
        signal: hangUp.signal,
      });
      return await readReply(response);
    } catch {
      return undefined;
    } finally {
      signal?.removeEventListener('abort', leave);
      hangUp.abort();
    }
  }
}

async function readReply(response: Response): Promise<Reply | undefined> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = seconds >= 0 ? seconds * 1_000 : undefined;
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null) return undefined;
  return { status: response.status, retryAfterMs, body: body as Reply['body'] };
}
