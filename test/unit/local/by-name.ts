import { request } from 'node:http';

/** The status of a request with another `Host` header, which `fetch` does not allow to set. */
export function statusByName(
  host: string,
  url: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url, { method: 'POST', headers: { host, ...headers } }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  sent.once('error', reject);
  sent.end('{}');
  return promise;
}
