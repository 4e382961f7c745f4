import { describe, expect, it } from 'vitest';
import { sending } from '../../support/sending/entry.ts';
import { answered, wireServer } from '../../support/sending/wire-server.ts';

const CANCEL = { reason: '사이즈가 맞지 않아요 😢', imp_uid: 'imp_1', amount: 1_000 };

function headersOf(request: string): Readonly<Record<string, string>> {
  const [, ...lines] = (request.split('\r\n\r\n')[0] ?? '').split('\r\n');
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
}

describe('sending a request', () => {
  it('a request arrives once, with method, path, query, headers and Korean body intact', async () => {
    const { url, requests, sockets } = await wireServer(({ socket }) => socket.write(answered('{}')));
    const headers = { authorization: 'Bearer a.b-c=' };
    await sending()(`${url}/payments/cancel?a=%20b&c=한#part`, { method: 'post', json: CANCEL, headers });
    expect(requests).toHaveLength(1);
    expect(sockets).toHaveLength(1);
    const [request = ''] = requests;
    expect(request.split('\r\n')[0]).toBe('POST /payments/cancel?a=%20b&c=%ED%95%9C HTTP/1.1');
    const body = request.split('\r\n\r\n')[1] ?? '';
    expect(JSON.parse(body)).toEqual(CANCEL);
    expect(headersOf(request)).toEqual({
      'user-agent': 'iamport-refunds',
      accept: '*/*',
      authorization: 'Bearer a.b-c=',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      host: new URL(url).host,
      connection: 'keep-alive',
    });
  });

  it.each([301, 302, 303, 307, 308])('a redirect with %d is never followed', async (status) => {
    const elsewhere = await wireServer(({ socket }) => socket.write(answered('{}')));
    const { url, requests } = await wireServer(({ socket }) =>
      socket.write(answered('', `${status} Elsewhere`, [`location: ${elsewhere.url}/`])),
    );
    expect(await sending()(url, { method: 'post', json: CANCEL })).toEqual({ status, body: '' });
    expect(requests).toHaveLength(1);
    expect(elsewhere.sockets).toHaveLength(0);
  });
});
