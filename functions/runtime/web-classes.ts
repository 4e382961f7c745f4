/**
 * The few parts of the web's classes that ky and the transport use. In the bundles they stand for the platform's: the first
 * touch of one of those loads the whole of the platform's HTTP client, a fifth of a cold start. Everything they leave out
 * (streams, forms, redirects, caches) nobody of ours asks for.
 */
type HeaderInit = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** Names are compared without their case; a second value takes the place of the first. */
export class LeanHeaders {
  readonly #values = new Map<string, string>();

  constructor(init: HeaderInit = []) {
    const pairs =
      Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
    for (const [name, value] of pairs) this.set(name, value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  entries(): Iterator<[string, string]> & Iterable<[string, string]> {
    return this.#values.entries();
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries();
  }
}

interface LeanRequestInit {
  readonly method?: string;
  readonly headers?: HeaderInit;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export class LeanRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: LeanHeaders;
  readonly signal: AbortSignal | undefined;
  /** As the platform's: null where there is none. Here it cannot be read but by `text`. */
  readonly body: null | undefined;
  readonly #text: string | undefined;

  /** Of another request: the same, but for what `init` says otherwise. */
  constructor(input: string | URL | LeanRequest, init: LeanRequestInit = {}) {
    const other = input instanceof LeanRequest ? input : undefined;
    this.url = input instanceof LeanRequest ? input.url : String(input);
    this.method = init.method ?? other?.method ?? 'GET';
    this.headers = new LeanHeaders(init.headers ?? other?.headers);
    this.signal = init.signal ?? other?.signal;
    this.#text = init.body ?? (other === undefined ? undefined : other.#text);
    this.body = this.#text === undefined ? null : undefined;
  }

  clone(): LeanRequest {
    return new LeanRequest(this);
  }

  async text(): Promise<string> {
    return this.#text ?? '';
  }
}

export class LeanResponse {
  readonly status: number;
  readonly type = 'default';
  /** The transport passes none on. */
  readonly headers = new LeanHeaders();
  readonly #text: string;

  constructor(text: string | null, { status }: { readonly status: number }) {
    this.#text = text ?? '';
    this.status = status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  clone(): LeanResponse {
    return new LeanResponse(this.#text, this);
  }

  async text(): Promise<string> {
    return this.#text;
  }
}
