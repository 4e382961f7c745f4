/**
 * The few parts of the web's classes that ky and the transport use. In the bundles they stand for the platform's: the first
 * touch of one of those loads the whole of the platform's HTTP client, a fifth of a cold start. Everything they leave out
 * (streams, forms, redirects, caches) nobody of ours asks for.
 */
type HeaderInit = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

function pairsOf(init: HeaderInit): Iterable<readonly [string, string]> {
  return Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
}

/** Names are compared without their case; a second value takes the place of the first. */
export class LeanHeaders extends Map<string, string> {
  constructor(init: HeaderInit = []) {
    super();
    for (const [name, value] of pairsOf(init)) this.set(name, value);
  }

  override get(name: string): string | undefined {
    return super.get(name.toLowerCase());
  }

  override has(name: string): boolean {
    return super.has(name.toLowerCase());
  }

  override set(name: string, value: string): this {
    return super.set(name.toLowerCase(), value);
  }

  override delete(name: string): boolean {
    return super.delete(name.toLowerCase());
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

  constructor(input: string | URL, { method = 'GET', headers, body, signal }: LeanRequestInit = {}) {
    this.url = String(input);
    this.method = method;
    this.headers = new LeanHeaders(headers);
    this.signal = signal;
    this.#text = body;
    this.body = body === undefined ? null : undefined;
  }

  async text(): Promise<string> {
    return this.#text ?? '';
  }
}

export class LeanResponse {
  readonly status: number;
  readonly type = 'default';
  readonly #text: string;

  constructor(text: string | null, { status }: { readonly status: number }) {
    this.#text = text ?? '';
    this.status = status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    return this.#text;
  }
}
