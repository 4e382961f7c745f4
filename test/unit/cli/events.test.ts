import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NOW_MS, type } from './command-line.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A local run that gives these answers in order. */
async function localRun(...parts: readonly object[]) {
  const asked: unknown[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.end(JSON.stringify(parts[asked.length - 1] ?? { message: 'no more' }));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return { asked, url: `--url http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('events', () => {
  it('events sends the events of a period again, one part after the other', async () => {
    const cursor = { atMs: 5, refundId: 'rf_1' };
    const { asked, url } = await localRun({ sent: 100, kept: 0, cursor }, { sent: 20, kept: 0 });
    const { status, out } = await type(`events --from 2026-11-24 --to 2026-11-24 ${url}`);
    expect({ status, out }).toEqual({ status: 0, out: '120 events sent again.' });
    const day = {
      fromSeconds: Date.UTC(2026, 10, 23, 15) / 1000,
      toSeconds: Date.UTC(2026, 10, 24, 15) / 1000,
    };
    expect(asked).toEqual([day, { ...day, cursor }]);
  });

  it('events exits with 1 when the bus does not accept some; without --to the period ends now', async () => {
    const { asked, url } = await localRun({ sent: 1, kept: 2 }, { sent: 1, kept: 2 });
    const { status, out } = await type(`events --from 2026-11-24 --json ${url}`);
    expect({ status, out }).toEqual({ status: 1, out: '{"sent":1,"kept":2}' });
    expect((await type(`events --from 2026-11-24 ${url}`)).out).toContain(
      '2 not sent: they are in the queue',
    );
    expect(asked[0]).toMatchObject({ toSeconds: Math.ceil(NOW_MS / 1000) });
  });

  it('events needs --from, and reports an answer that it cannot read', async () => {
    expect(await type('events')).toMatchObject({
      status: 2,
      err: expect.stringContaining('needs --from') as string,
    });
    const { url } = await localRun({ failed: 'throttled' });
    const { status, err } = await type(`events --from 2026-11-24 ${url}`);
    expect(status).toBe(2);
    expect(err).toContain('The events were not sent: {"failed":"throttled"}');
  });
});
