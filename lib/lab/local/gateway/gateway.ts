import { randomBytes } from 'node:crypto';

import type { JWTVerifyGetKey } from 'jose';

import { CORS } from '../../../stack/cors.ts';
import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import type { ApiPlan, RoutePlan } from '../template/plan.ts';
import type { CorsPlan, ThrottlePlan } from '../template/resources.ts';
import { authorize, type Claims } from './authorizer.ts';
import { createEvent, responseOf } from './event.ts';
import {
  decoded,
  type GatewayRequest,
  type GatewayResponse,
  matched,
  ownAnswer,
  splitTarget,
} from './http.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Lambda's limit for an event; beyond it the gateway answers as for a body that is too long. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export type Gateway = ReturnType<typeof createGateway>;

interface GatewayDependencies {
  readonly api: ApiPlan;
  /** Public keys of the issuer that the template's authorizers name. */
  readonly keys: JWTVerifyGetKey;
  /** Further names of the issuer on this machine. */
  readonly issuerAliases: readonly string[];
  readonly invoke: LambdaHost['invoke'];
  readonly now: () => number;
}

/** An HTTP API, as the template defines it. */
export function createGateway({ api, keys, issuerAliases, invoke, now }: GatewayDependencies) {
  const throttles = new Map(api.routes.map((route) => [route, createThrottle(route.throttle)]));
  const find = ({ method, target }: GatewayRequest): SelectedRoute | undefined =>
    selectRoute(api.routes, method, splitTarget(target).path);

  /** Throttle, authorizer and size, in this order; then the function. */
  const answer = async (request: GatewayRequest, requestId: string): Promise<GatewayResponse> => {
    if (api.cors !== undefined && isPreflight(request)) return preflightAnswer(api.cors, request);
    const selected = find(request);
    if (selected === undefined) return ownAnswer(404);
    const { needsToken, functionId, timeoutMs } = selected.route;
    const nowMs = now();
    if (throttles.get(selected.route)?.(nowMs) === false) return ownAnswer(429);
    let claims: Claims | undefined;
    if (needsToken) {
      const { issuer, audience } = api.trust;
      const trust = { keys, issuers: [issuer, ...issuerAliases], audience };
      const checked = await authorize(trust, request.headers['authorization']);
      if (typeof checked === 'string') return ownAnswer(401, { 'www-authenticate': checked });
      claims = checked;
    }
    if (request.body === undefined) return ownAnswer(413);
    const context = { apiId: api.apiId, requestId, nowMs, claims };
    const event = JSON.stringify(createEvent(request, selected, context));
    if (Buffer.byteLength(event) > MAX_EVENT_BYTES) return ownAnswer(413);
    const result = await inTime(timeoutMs, (onStart) => invoke(functionId, event, onStart));
    if (result.kind === 'returned') return responseOf(result.payload);
    return ownAnswer(result.kind === 'failed' ? 500 : 503);
  };

  return {
    /** Whether the API handles the request; otherwise it may be for a page of the local run. */
    serves: (request: GatewayRequest): boolean => find(request) !== undefined,
    handle: async (request: GatewayRequest): Promise<GatewayResponse> => {
      // Looks like `JKJaXmPLvHcESHA=`.
      const requestId = randomBytes(11).toString('base64').replaceAll(/[+/]/g, 'A');
      const response = withCors(api.cors, request, await answer(request, requestId));
      return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
    },
  };
}

/**
 * At the timeout the gateway stops waiting and the function continues, as in AWS. The wait for an execution environment on this
 * machine does not count, because AWS has no such wait.
 */
async function inTime(
  timeoutMs: number,
  invoke: (onStart: () => void) => Promise<InvocationResult>,
): Promise<InvocationResult | { readonly kind: 'late' }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly kind: 'late' }>();
  let timer: NodeJS.Timeout | undefined;
  const onStart = (): void => {
    timer = setTimeout(() => resolve({ kind: 'late' }), timeoutMs);
  };
  try {
    return await Promise.race([invoke(onStart), promise]);
  } finally {
    clearTimeout(timer);
  }
}

export interface SelectedRoute {
  readonly route: RoutePlan;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Picks the route as an HTTP API does: it decodes the path before it looks for one, so an order number with `/` or `?` in
 * it reaches no route however it is encoded. Of several routes the one with fewer variables wins.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
function selectRoute(routes: readonly RoutePlan[], method: string, path: string): SelectedRoute | undefined {
  const whole = decoded(path);
  if (whole.includes('?')) return undefined;
  const matches = routes.flatMap((route) => {
    const [routeMethod, pattern = ''] = route.routeKey.split(' ');
    const pathParameters = routeMethod === method ? matched(pattern, whole.split('/')) : undefined;
    return pathParameters === undefined ? [] : [{ route, pathParameters }];
  });
  const variablesOf = ({ pathParameters }: SelectedRoute): number => Object.keys(pathParameters).length;
  return matches.toSorted((a, b) => variablesOf(a) - variablesOf(b)).at(0);
}

/** Whether one more request may pass. */
type Throttle = (nowMs: number) => boolean;

/** A token bucket, as API Gateway's: a burst of requests at once, refilled at a rate per second. */
function createThrottle({ ThrottlingBurstLimit: burst, ThrottlingRateLimit: rate }: ThrottlePlan): Throttle {
  let tokens = burst;
  let filledAtMs = -Infinity;
  return (nowMs) => {
    const passedSeconds = Math.max(nowMs - filledAtMs, 0) / 1000;
    tokens = Math.min(burst, tokens + passedSeconds * rate);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

// --- CORS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html ---

/** The API with more allowed origins, as if the template had them. */
export function withOrigins(api: ApiPlan, origins: readonly string[]): ApiPlan {
  if (origins.length === 0) return api;
  const cors = api.cors ?? {
    AllowOrigins: [],
    AllowMethods: [...CORS.allowMethods],
    AllowHeaders: [...CORS.allowHeaders],
    ExposeHeaders: [...CORS.exposeHeaders],
    MaxAge: CORS.maxAgeSeconds,
  };
  return { ...api, cors: { ...cors, AllowOrigins: [...cors.AllowOrigins, ...origins] } };
}

/** An HTTP API with CORS answers every preflight itself, before routes and authorizer. */
function isPreflight({ method, headers }: GatewayRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers['origin'] !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** The headers say what an allowed origin may do. */
function preflightAnswer(cors: CorsPlan, request: GatewayRequest): GatewayResponse {
  const headers = allowsOriginOf(request, cors) && {
    'access-control-allow-methods': cors.AllowMethods.join(','),
    'access-control-allow-headers': cors.AllowHeaders.join(','),
    'access-control-max-age': String(cors.MaxAge),
  };
  return { status: 204, headers: { ...headers }, body: '' };
}

/** Allows the origin in every answer, also in the gateway's own errors. A function sets no such headers. */
function withCors(
  cors: CorsPlan | undefined,
  request: GatewayRequest,
  response: GatewayResponse,
): GatewayResponse {
  const { origin = '' } = request.headers;
  if (cors === undefined || !allowsOriginOf(request, cors)) return response;
  const exposed = cors.ExposeHeaders.join(',');
  const allowed = { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed };
  return { ...response, headers: { ...response.headers, ...allowed } };
}

function allowsOriginOf({ headers: { origin } }: GatewayRequest, { AllowOrigins }: CorsPlan): boolean {
  return origin !== undefined && AllowOrigins.includes(origin);
}
