import { isObject, parseJson } from '../json.ts';
import { ACCOUNT_ID } from '../template/template.ts';
import type { Claims } from './authorizer.ts';
import type { SelectedRoute } from './gateway.ts';
import { decoded, type GatewayRequest, type GatewayResponse, ownAnswer, splitTarget } from './http.ts';

export interface EventContext {
  readonly apiId: string;
  readonly requestId: string;
  readonly nowMs: number;
  readonly claims: Claims | undefined;
}

/**
 * The event a function gets from an HTTP API, payload 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function createEvent(request: GatewayRequest, selected: SelectedRoute, context: EventContext): object {
  const { path, query } = splitTarget(request.target);
  const { routeKey } = selected.route;
  const host = request.headers['host'] ?? '';
  return {
    version: '2.0',
    routeKey,
    // Despite its name, an HTTP API decodes this path; a REST API and a function URL do not.
    rawPath: decoded(path),
    rawQueryString: query,
    headers: eventHeaders(request),
    ...(query !== '' && { queryStringParameters: queryParameters(query) }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: context.apiId,
      ...(context.claims && { authorizer: { jwt: { claims: context.claims, scopes: null } } }),
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: request.method,
        path: decoded(path),
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: context.requestId,
      routeKey,
      stage: '$default',
      time: logTime(context.nowMs),
      timeEpoch: context.nowMs,
    },
    ...(Object.keys(selected.pathParameters).length > 0 && { pathParameters: selected.pathParameters }),
    ...eventBody(request),
  };
}

/** Headers of the connection, not of the request, and cookies, which no function reads. */
const NOT_HANDED_ON = new Set(['connection', 'cookie', 'keep-alive', 'transfer-encoding']);

function eventHeaders(request: GatewayRequest): Readonly<Record<string, string | undefined>> {
  const handedOn = Object.entries(request.headers).filter(([name]) => !NOT_HANDED_ON.has(name));
  return {
    ...Object.fromEntries(handedOn),
    'content-length': String(request.body?.length ?? 0),
    'x-forwarded-for': [request.headers['x-forwarded-for'], request.sourceIp].filter(Boolean).join(', '),
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  };
}

function queryParameters(query: string): Readonly<Record<string, string>> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]),
  );
}

/** An HTTP API passes these on as text. Everything else is base64, also a form and a body without a type. */
const TEXT_TYPES = /^(text\/.+|application\/(json|javascript|xml))$/;

function eventBody({ body, headers }: GatewayRequest): {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
} {
  if (body === undefined || body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT_TYPES.test(mediaType(headers));
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function mediaType(headers: GatewayRequest['headers']): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** `12/Mar/2020:19:03:58 +0000`. */
function logTime(nowMs: number): string {
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(nowMs).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Converts a function's result in format 2.0. Any other result is a 500 of the gateway. */
export function responseOf(payload: string): GatewayResponse {
  const result = parseJson(payload);
  const { statusCode, headers, body = '' } = isObject(result) ? result : {};
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string')
    return ownAnswer(500);
  return { status, headers: { 'content-type': 'text/plain;charset=UTF-8', ...headersOf(headers) }, body };
}

/** Set by the server that sends the response; a function's own value would contradict it. */
const SENDERS_OWN = new Set(['connection', 'content-length', 'transfer-encoding']);

function headersOf(headers: unknown): Readonly<Record<string, string>> {
  const given = Object.entries(isObject(headers) ? headers : {}).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  return Object.fromEntries(given.filter(([name]) => !SENDERS_OWN.has(name)));
}
