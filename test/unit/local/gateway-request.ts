import type { GatewayRequest } from '../../../lib/lab/local/gateway/http.ts';
import type { RoutePlan } from '../../../lib/lab/local/template/plan-api.ts';

export function requestOf(fields: Partial<GatewayRequest> = {}): GatewayRequest {
  return {
    method: 'GET',
    target: '/',
    headers: { host: 'api.example' },
    sourceIp: '127.0.0.1',
    body: Buffer.alloc(0),
    ...fields,
  };
}

export function routeOf(routeKey: string, fields: Partial<RoutePlan> = {}): RoutePlan {
  return {
    routeKey,
    functionId: 'Function',
    timeoutMs: 30_000,
    authorizer: undefined,
    throttle: undefined,
    ...fields,
  };
}
