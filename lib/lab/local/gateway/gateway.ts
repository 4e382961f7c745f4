import { randomBytes } from 'node:crypto';

import type { JWTVerifyGetKey } from 'jose';

import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import type { ApiPlan, RoutePlan } from '../template/plan-api.ts';
import { authorize, type JwtContext } from './authorizer.ts';
import { isPreflight, preflightAnswer, withCors } from './cors.ts';
import { createEvent } from './event.ts';
import { responseOf } from './function-response.ts';
import { type GatewayRequest, type GatewayResponse, ownAnswer, splitTarget } from './http.ts';
import { selectRoute, type SelectedRoute } from './route-selection.ts';
import { createThrottle, type Throttle } from './throttle.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** What Lambda takes as an event; past it the gateway answers as for a body that is too long. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** An HTTP API, as the template defines it. */
export interface Gateway {
  /** Whether the API has an answer of its own for the request; what it has none for may be a page of the local run. */
  readonly serves: (request: Pick<GatewayRequest, 'method' | 'target'>) => boolean;
  readonly handle: (request: GatewayRequest) => Promise<GatewayResponse>;
}

export interface GatewayDependencies {
  readonly api: ApiPlan;
  /** Public keys of the issuer that the template's authorizers name. */
  readonly keys: JWTVerifyGetKey;
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
    authorizer && (await authorize(authorizer, exchange.keys, request.headers['authorization']));
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
 * The gateway stops waiting; the function goes on, as in the cloud. Time in the line for a place on this machine does not
 * count: there is no such line in the cloud, and a function begun late would otherwise be given up in the middle.
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
