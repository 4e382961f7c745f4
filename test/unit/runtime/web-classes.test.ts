import { describe, expect, it } from 'vitest';
import { LeanHeaders, LeanRequest, LeanResponse } from '../../../functions/runtime/web-classes.ts';

/** Each rule is asked of the platform's classes, too: what stands in for them must not differ in what is used. */
const CLASSES = [
  ['the platform’s', { Headers, Request, Response }],
  ['ours', { Headers: LeanHeaders, Request: LeanRequest, Response: LeanResponse }],
] as const;

describe.each(CLASSES)('of %s classes', (_whose, classes) => {
  const headersOf = (init: Readonly<Record<string, string>>) => new classes.Headers(init);

  it('headers have their names in small letters, and are found by any', () => {
    const headers = headersOf({ 'Content-Type': 'a' });
    expect([...headers]).toEqual([['content-type', 'a']]);
    expect([headers.get('CONTENT-TYPE'), headers.has('Content-type'), headers.has('x')]).toEqual([
      'a',
      true,
      false,
    ]);
  });

  it('a header that is set again has one value, and one that is deleted none', () => {
    const headers = headersOf({ Authorization: 'old', accept: '*/*' });
    headers.set('AUTHORIZATION', 'new');
    headers.delete('Accept');
    expect([...headers.entries()]).toEqual([['authorization', 'new']]);
    expect(headers.get('accept')).toBeNull();
  });

  it('headers are copied, not shared', () => {
    const headers = headersOf({ a: '1' });
    const copy = new classes.Headers(headers as Headers & LeanHeaders);
    copy.set('a', '2');
    expect([headers.get('a'), copy.get('a')]).toEqual(['1', '2']);
  });

  it('a request has what it was made of', async () => {
    const { signal } = new AbortController();
    const init = { method: 'POST', headers: { 'X-A': '1' }, body: '{"환불":1}', signal };
    const request = new classes.Request('https://api.example/a?b=c', init);
    expect([request.url, request.method]).toEqual(['https://api.example/a?b=c', 'POST']);
    expect(request.headers.get('x-a')).toBe('1');
    expect(request.body).not.toBeNull();
    expect(await request.text()).toBe('{"환불":1}');
  });

  it('a request ends with the signal that it was given', () => {
    const end = new AbortController();
    const { signal } = new classes.Request('https://api.example/', { signal: end.signal });
    end.abort('the end');
    expect([signal?.aborted, signal?.reason]).toEqual([true, 'the end']);
  });

  it('a request of another one is the same but for what is said otherwise, and leaves the other as it was', async () => {
    const end = new AbortController();
    const init = {
      method: 'POST',
      headers: { authorization: 'old', 'x-a': '1' },
      body: '{}',
      signal: end.signal,
    };
    const request = new classes.Request('https://api.example/a', init);
    const copy = request.clone();
    copy.headers.set('authorization', 'new');
    const other = new classes.Request(copy as Request & LeanRequest, { headers: { authorization: 'newer' } });
    end.abort('the end');
    expect([copy, other].map(({ url, method }) => [url, method])).toEqual([
      ['https://api.example/a', 'POST'],
      ['https://api.example/a', 'POST'],
    ]);
    expect([request, copy, other].map(({ headers }) => headers.get('authorization'))).toEqual([
      'old',
      'new',
      'newer',
    ]);
    expect([copy.headers.get('x-a'), other.headers.get('x-a')]).toEqual(['1', null]);
    expect([copy.signal?.reason, other.signal?.reason]).toEqual(['the end', 'the end']);
    expect([await request.text(), await other.text()]).toEqual(['{}', '{}']);
  });

  it('a request of another one ends with the signal that it was given itself', () => {
    const request = new classes.Request('https://api.example/', { signal: new AbortController().signal });
    const signal = AbortSignal.abort('the end');
    const other = new classes.Request(request as Request & LeanRequest, { signal });
    expect([request.signal?.aborted, other.signal?.reason]).toEqual([false, 'the end']);
  });

  it('a request that asks only has no body', async () => {
    const request = new classes.Request('https://api.example/');
    expect([request.method, request.body, await request.text()]).toEqual(['GET', null, '']);
  });

  it.each([200, 299, 300, 404, 500])('an answer under %d is what it says', async (status) => {
    const answer = new classes.Response('환불', { status });
    expect([answer.status, answer.ok, answer.type]).toEqual([status, status < 300, 'default']);
    expect(await answer.text()).toBe('환불');
  });

  it('an answer can be read, and its copy, too', async () => {
    const answer = new classes.Response('환불', { status: 404 });
    const copy = answer.clone();
    expect([await answer.text(), await copy.text(), copy.status]).toEqual(['환불', '환불', 404]);
    expect(copy.headers.get('retry-after')).toBeNull();
  });

  it('an answer may be without a text', async () => {
    expect(await new classes.Response(null, { status: 204 }).text()).toBe('');
  });
});
