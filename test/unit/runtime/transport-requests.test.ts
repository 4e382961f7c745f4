import { describe, expect, it } from 'vitest';
import { BUILDS } from '../../support/sending/builds.ts';
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

describe.each(BUILDS)('a request that is sent, %s,', (_name, build) => {
  it('arrives once, with its method, path, query, headers and its Korean body whole', async () => {
    const { sending } = await build();
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

  it('has no body and no length of one when it asks only', async () => {
    const { sending } = await build();
    const { url, requests } = await wireServer(({ socket }) => socket.write(answered('{}')));
    await sending()(url);
    expect(requests[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
    expect(Object.keys(headersOf(requests[0] ?? ''))).not.toContain('content-length');
    expect(requests[0]).not.toMatch(/transfer-encoding/i);
  });

  it('is seen to its end however large it is', async () => {
    const { sending } = await build();
    const { url, requests } = await wireServer(({ socket }) => socket.write(answered('{}')));
    const json = { reason: '가'.repeat(1_000_000) };
    await sending()(url, { method: 'post', json });
    expect(requests[0]?.endsWith(JSON.stringify(json))).toBe(true);
  });

  it.each([301, 302, 303, 307, 308])('is never sent on to where %d says', async (status) => {
    const { sending } = await build();
    const elsewhere = await wireServer(({ socket }) => socket.write(answered('{}')));
    const { url, requests } = await wireServer(({ socket }) =>
      socket.write(answered('', `${status} Elsewhere`, [`location: ${elsewhere.url}/`])),
    );
    expect(await sending()(url, { method: 'post', json: CANCEL })).toEqual({ status, body: '' });
    expect(requests).toHaveLength(1);
    expect(elsewhere.sockets).toHaveLength(0);
  });

  it('is one of many at once, and each gets its own answer', async () => {
    const { sending } = await build();
    const { url, requests } = await wireServer(({ socket, text }) =>
      socket.write(answered(text.split(' ')[1] ?? '')),
    );
    const send = sending();
    const paths = Array.from({ length: 50 }, (_, n) => `/payments/imp_${n}`);
    const answers = await Promise.all(paths.map(async (path) => send(`${url}${path}`)));
    expect(answers.map(({ body }) => body)).toEqual(paths);
    expect(requests).toHaveLength(50);
  });
});
