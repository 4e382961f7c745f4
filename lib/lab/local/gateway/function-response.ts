import { isObject, parseJson } from '../json.ts';
import { type GatewayResponse, ownAnswer } from './http.ts';

/**
 * What an HTTP API makes of a function's result: a response in format 2.0, or, without `statusCode`, the result itself as
 * JSON. Anything else is the gateway's own 500, as it is in the cloud.
 */
export function responseOf(payload: string): GatewayResponse {
  const result = parseJson(payload);
  if (!isObject(result) || result['statusCode'] === undefined) {
    const body = typeof result === 'string' ? result : payload;
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = Number(result['statusCode']);
  const body = result['body'] ?? '';
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string')
    return ownAnswer(500);
  const cookies = Array.isArray(result['cookies']) ? result['cookies'].map(String) : [];
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...headersOf(result['headers']) },
    cookies,
    body: result['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : body,
  };
}

/** Set by the server that sends the response; a function's own value would contradict it. */
const SENDERS_OWN = new Set(['connection', 'content-length', 'transfer-encoding']);

function headersOf(headers: unknown): Readonly<Record<string, string>> {
  const given = Object.entries(isObject(headers) ? headers : {}).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return Object.fromEntries(given.filter(([name]) => !SENDERS_OWN.has(name)));
}
