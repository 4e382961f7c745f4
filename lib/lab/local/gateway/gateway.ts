import { randomBytes } from 'node:crypto';

import type { JWTVerifyGetKey } from 'jose';

import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import type { ApiPlan, RoutePlan, ThrottlePlan } from '../template/plan-api.ts';
import { authorize, type JwtContext } from './authorizer.ts';
import { isPreflight, preflightAnswer, withCors } from './cors.ts';
import { createEvent, responseOf } from './event.ts';
import { decoded, type GatewayRequest, type GatewayResponse, ownAnswer, splitTarget } from './http.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Lambda's limit for an event; beyond it the gateway answers as for a body that is too long. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** An HTTP API, as the template defines it. */
export interface Gateway {
  /** Whether the API handles the request; otherwise it may be for a page of the local run. */
  readonly serves: (request: Pick<GatewayRequest, 'method' | 'target'>) => boolean;
  readonly handle: (request: GatewayRequest) => Promise<GatewayResponse>;
}

export interface GatewayDependencies {
  readonly api: ApiPlan;
  /** Public keys of the issuer that the template's authorizers name. */
  readonly keys: JWTVerifyGetKey;
  /** Public keys of an issuer on this machine. @default - none */
  readonly issuerAliases?: readonly string[];
  readonly invoke: LambdaHost['invoke'];
  readonly now: () => number;
}

export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { api, now } = dependencies;
  const throttles = new Map(api.routes.map((route) => [route, createThrottle(route.throttle)]));
  const find = ({ method, target }: Pick<GatewayRequest, 'method' | 'target'>): SelectedRoute | undefined =>
    selectRoute(api.routes, method, splitTarget(target).path);

  return {
    serves: (request) => find(request) !== undefined,
    handle: async (request) => {
      const requestId = newRequestId();
      if (api.cors !== undefined && isPreflight(request)) {
        return identified(preflightAnswer(api.cors, request), requestId);
      }
      const selected = find(request);
      const response =
        selected === undefined
          ? ownAnswer(404)
          : await guarded(request, selected, {
              ...dependencies,
              requestId,
              throttle: throttles.get(selected.route),
              nowMs: now(),
            });
      return identified(api.cors === undefined ? response : withCors(api.cors, request, response), requestId);
    },
  };
}

interface Exchange extends GatewayDependencies {
  readonly requestId: string;
  readonly throttle: Throttle | undefined;
  readonly nowMs: number;
}

/** Throttle, authorizer and size, in this order; then the function. */
async function guarded(
  request: GatewayRequest,
  selected: SelectedRoute,
  exchange: Exchange,
): Promise<GatewayResponse> {
  if (exchange.throttle?.(exchange.nowMs) === false) return ownAnswer(429);
  const { authorizer } = selected.route;
  const authorization =
    authorizer &&
    (await authorize(
      { ...authorizer, aliases: exchange.issuerAliases },
      exchange.keys,
      request.headers['authorization'],
    ));
  if (authorization === undefined || authorization.kind === 'allowed') {
    return integrate(request, selected, { ...exchange, jwt: authorization?.jwt });
  }
  const status = authorization.kind === 'unauthorized' ? 401 : 403;
  return ownAnswer(status, { 'www-authenticate': authorization.challenge });
}

async function integrate(
  request: GatewayRequest,
  selected: SelectedRoute,
  exchange: Exchange & { readonly jwt: JwtContext | undefined },
): Promise<GatewayResponse> {
  if (request.body === undefined) return ownAnswer(413);
  const traceId = `Root=1-${Math.floor(exchange.nowMs / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  const { api, requestId, nowMs, jwt } = exchange;
  const event = JSON.stringify(
    createEvent(request, selected, { apiId: api.apiId, requestId, traceId, nowMs, jwt }),
  );
  if (Buffer.byteLength(event) > MAX_EVENT_BYTES) return ownAnswer(413);
  const { functionId } = selected.route;
  const result = await inTime(selected.route, (onStart) =>
    exchange.invoke(functionId, event, { traceId, onStart }),
  );
  if (result.kind === 'returned') return responseOf(result.payload);
  return ownAnswer(result.kind === 'failed' ? 500 : 503);
}

/**
 * At the timeout the gateway stops waiting and the function continues, as in AWS. The wait for an execution environment on this
 * machine does not count, because AWS has no such wait.
 */
async function inTime(
  { timeoutMs }: RoutePlan,
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

function identified(response: GatewayResponse, requestId: string): GatewayResponse {
  return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
}

/** Looks like `JKJaXmPLvHcESHA=`. */
function newRequestId(): string {
  return randomBytes(11).toString('base64').replaceAll(/[+/]/g, 'A');
}

export interface SelectedRoute {
  readonly route: RoutePlan;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * Picks the route as an HTTP API does: it decodes the path before it looks for one, so an order number with `/` or `?` in
 * it reaches no route however it is encoded. Of several, the most specific path first, a route for the method before one for ANY, a greedy
 * path after those, `$default` last.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function selectRoute(
  routes: readonly RoutePlan[],
  method: string,
  path: string,
): SelectedRoute | undefined {
  const matches = routes.flatMap((route) => {
    const match = matchRoute(route, method, path);
    return match === undefined ? [] : [match];
  });
  const [best] = matches.toSorted((a, b) => compareRanks(a.rank, b.rank));
  return best && { route: best.route, pathParameters: best.pathParameters };
}

interface Match extends SelectedRoute {
  /** Compared element by element from the left; the smaller wins. */
  readonly rank: readonly number[];
}

const EXACT = 0;
const VARIABLE = 1;
const GREEDY = 2;
const DEFAULT_ROUTE = 3;

function matchRoute(route: RoutePlan, method: string, path: string): Match | undefined {
  if (route.routeKey === '$default') return { route, pathParameters: {}, rank: [DEFAULT_ROUTE] };
  const [routeMethod = '', routePath = ''] = route.routeKey.split(' ');
  if (routeMethod !== method && routeMethod !== 'ANY') return undefined;
  const match = matchPath(routePath.split('/'), decoded(path).split('/'));
  return match && { route, ...match, rank: [...match.rank, routeMethod === 'ANY' ? 1 : 0] };
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Pick<Match, 'pathParameters' | 'rank'> | undefined {
  const pathParameters: Record<string, string> = {};
  const rank: number[] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index];
    const [, name, greedy] = /^\{([^+}]+)(\+?)\}$/.exec(expected) ?? [];
    if (segment === undefined) return undefined;
    if (name === undefined) {
      if (segment !== expected) return undefined;
      rank.push(EXACT);
    } else if (segment === '' || segment.includes('?')) {
      // A variable is never empty: /payments/ does not match /payments/{merchant_uid}.
      return undefined;
    } else if (greedy === '+') {
      pathParameters[name] = segments.slice(index).join('/');
      return { pathParameters, rank: [...rank, GREEDY] };
    } else {
      pathParameters[name] = segment;
      rank.push(VARIABLE);
    }
  }
  return pattern.length === segments.length ? { pathParameters, rank } : undefined;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Whether one more request may pass. */
type Throttle = (nowMs: number) => boolean;

/** A token bucket, as API Gateway's: `burst` requests at once, refilled by `ratePerSecond`. */
function createThrottle(plan: ThrottlePlan | undefined): Throttle {
  if (plan === undefined) return () => true;
  let tokens = plan.burst;
  let filledAtMs = -Infinity;
  return (nowMs) => {
    const passedSeconds = Math.max(nowMs - filledAtMs, 0) / 1000;
    tokens = Math.min(plan.burst, tokens + passedSeconds * plan.ratePerSecond);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
