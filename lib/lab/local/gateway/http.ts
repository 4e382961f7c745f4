/** A received request with its body. */
export interface GatewayRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Names in lower case; the values of a repeated header joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly sourceIp: string;
  /** undefined when it was longer than an HTTP API takes. */
  readonly body: Buffer | undefined;
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For a streamed answer: calls back with each part until the returned function is called. */
  readonly follow?: (write: (text: string) => void) => () => void;
}

/** An answer of the HTTP API itself, without a function; it always has this form. */
export function ownAnswer(status: number, headers: Readonly<Record<string, string>> = {}): GatewayResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(COMES_FREE_SOON.has(status) && { 'retry-after': '1' }),
      ...headers,
    },
    body: JSON.stringify({ message: OWN_MESSAGES.get(status) ?? 'Internal Server Error' }),
  };
}

/** A throttle or the wait for an execution environment ends after a moment. */
const COMES_FREE_SOON: ReadonlySet<number> = new Set([429, 503]);

const OWN_MESSAGES: ReadonlyMap<number, string> = new Map([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [413, 'Request Entity Too Large'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

/** An HTTP API joins repeated headers with a comma and no space (Node adds a space or keeps the first). */
export function joinedHeaders(distinct: NodeJS.Dict<string[]>): GatewayRequest['headers'] {
  return Object.fromEntries(Object.entries(distinct).map(([name, values = []]) => [name, values.join(',')]));
}

/** Path as sent, and query without its question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const end = target.indexOf('?');
  return end === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, end), query: target.slice(end + 1) };
}

/** Percent-decoded; a text that is not valid stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The values of the `{variables}` in a pattern, none of them empty; undefined if the path does not match. */
export function matched(
  pattern: string,
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const names = pattern.split('/');
  if (names.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const segment = segments[index] ?? '';
    if (name.startsWith('{') && segment !== '') values[name.slice(1, -1)] = segment;
    else if (name !== segment) return undefined;
  }
  return values;
}
