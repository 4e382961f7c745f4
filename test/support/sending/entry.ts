import ky from 'ky';
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

/** Sends once by ky and the transport, as the provider's client does with a cancel. */
export function sending(options?: TransportOptions): Send {
  const fetch = transport(options);
  const http = ky.create({ fetch, retry: 0, throwHttpErrors: false, redirect: 'manual', timeout: false });
  return async (url, what = {}) => {
    const answer = await http(url, what);
    return { status: answer.status, body: await answer.text() };
  };
}
