import { expect, it } from 'vitest';
import { responseOf } from '../../../lib/lab/local/gateway/event.ts';

const TEXT = { 'content-type': 'text/plain;charset=UTF-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

it.each([
  [
    'a response in format 2.0',
    {
      statusCode: 201,
      headers: { 'X-A': 1, 'Content-Type': 'application/json' },
      cookies: ['a=1'],
      body: '{}',
    },
    { status: 201, headers: { 'x-a': '1', ...JSON_TYPE }, cookies: ['a=1'], body: '{}' },
  ],
  [
    'no content type',
    { statusCode: 200, body: 'hi' },
    { status: 200, headers: TEXT, cookies: [], body: 'hi' },
  ],
  ['no body', { statusCode: 204 }, { status: 204, headers: TEXT, cookies: [], body: '' }],
  [
    'base64',
    { statusCode: 200, body: 'aGk=', isBase64Encoded: true },
    { status: 200, headers: TEXT, cookies: [], body: Buffer.from('hi') },
  ],
  [
    'a length of its own, which would contradict the real one',
    { statusCode: 200, headers: { 'Content-Length': '999' }, body: '' },
    { status: 200, headers: TEXT, cookies: [], body: '' },
  ],
  ['an object without statusCode', { a: 1 }, { status: 200, headers: JSON_TYPE, body: '{"a":1}' }],
  ['a text', 'hello', { status: 200, headers: JSON_TYPE, body: 'hello' }],
])('%s', (_, result, response) => {
  expect(responseOf(JSON.stringify(result))).toEqual(response);
});

it.each([
  ['a status that is none', { statusCode: 'nonsense' }],
  ['a status out of range', { statusCode: 99 }],
  ['a body that is not a text', { statusCode: 200, body: { a: 1 } }],
])("%s is the gateway's 500", (_, result) => {
  expect(responseOf(JSON.stringify(result))).toMatchObject({
    status: 500,
    body: '{"message":"Internal Server Error"}',
  });
});
