import { CORS } from '../../../stack/cors.ts';
import type { ApiPlan, CorsPlan } from '../template/plan-api.ts';
import type { GatewayRequest, GatewayResponse } from './http.ts';

/** The API with more allowed origins, as if the template had them. */
export function withOrigins(api: ApiPlan, origins: readonly string[]): ApiPlan {
  if (origins.length === 0) return api;
  const cors = api.cors ?? { ...CORS, allowOrigins: [], allowCredentials: false };
  return { ...api, cors: { ...cors, allowOrigins: [...cors.allowOrigins, ...origins] } };
}

/**
 * An HTTP API answers every preflight itself, before routes and authorizer, when CORS is configured:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function isPreflight({ method, headers }: GatewayRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers['origin'] !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Always 204. The headers say what an allowed origin may do; another origin gets none. */
export function preflightAnswer(cors: CorsPlan, request: GatewayRequest): GatewayResponse {
  const origin = originHeaders(cors, request);
  const headers =
    origin === undefined
      ? {}
      : {
          ...origin,
          ...(cors.allowMethods.length > 0 && {
            'access-control-allow-methods': cors.allowMethods.join(','),
          }),
          ...(cors.allowHeaders.length > 0 && {
            'access-control-allow-headers': cors.allowHeaders.join(','),
          }),
          ...(cors.maxAgeSeconds !== undefined && { 'access-control-max-age': String(cors.maxAgeSeconds) }),
        };
  return { status: 204, headers, body: '' };
}

/** Replaces the function's CORS headers in every answer to another origin, also in the gateway's own errors. */
export function withCors(
  cors: CorsPlan,
  request: GatewayRequest,
  response: GatewayResponse,
): GatewayResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  const origin = originHeaders(cors, request);
  const expose = origin !== undefined && cors.exposeHeaders.length > 0;
  return {
    ...response,
    headers: {
      ...Object.fromEntries(own),
      ...origin,
      ...(expose && { 'access-control-expose-headers': cors.exposeHeaders.join(',') }),
    },
  };
}

function originHeaders(
  cors: CorsPlan,
  { headers }: GatewayRequest,
): Readonly<Record<string, string>> | undefined {
  const origin = headers['origin'];
  if (origin === undefined || !allowsOrigin(cors, origin)) return undefined;
  return {
    'access-control-allow-origin': cors.allowOrigins.includes('*') ? '*' : origin,
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
  };
}

export function allowsOrigin(cors: CorsPlan | undefined, origin: string): boolean {
  return (cors?.allowOrigins ?? []).some((allowed) => allowed === '*' || matches(allowed, origin));
}

/** `https://*` and `http://*` allow every origin of the scheme. */
function matches(allowed: string, origin: string): boolean {
  return allowed === origin || (/^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1)));
}
