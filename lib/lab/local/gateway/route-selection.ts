import type { RoutePlan } from '../template/plan-api.ts';
import { decoded } from './http.ts';

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
  /** Compared from the left; the smaller wins. */
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
      // A variable stands for something: /payments/ is not /payments/{merchant_uid}.
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
