import ky from 'ky';
import type { Send as Sends } from '../../../functions/iamport/not-sent.ts';
import { transport, type TransportOptions } from '../../../functions/runtime/transport.ts';

export { transport };
export { iamportClient } from '../../../functions/iamport/client.ts';
export { describeError, neverLeft } from '../../../functions/iamport/outcome.ts';

export interface Sending {
  readonly method?: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type Send = (
  url: string,
  what?: Sending,
) => Promise<{ readonly status: number; readonly body: string }>;

/** Sends by ky and the transport, as the provider's client does it. */
export function sending(options?: TransportOptions): Send {
  return by(transport(options));
}

/** The platform's own `fetch` in its place. */
export function by(fetch: Sends): Send {
  const http = ky.create({ retry: 0, throwHttpErrors: false, redirect: 'manual', timeout: false });
  return async (url, { signal = new AbortController().signal, ...what } = {}) => {
    const answer = await http(url, { ...what, fetch: async (request) => fetch(request, { signal }) });
    return { status: answer.status, body: await answer.text() };
  };
}
