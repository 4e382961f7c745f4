import type { Fields } from '../json.ts';
import type { Planner } from './planner.ts';
import { resourcesOf, unplayable } from './template.ts';

export interface ApiPlan {
  readonly apiId: string;
  readonly name: string;
  readonly cors: CorsPlan | undefined;
  readonly routes: readonly RoutePlan[];
}

export interface CorsPlan {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number | undefined;
}

export interface RoutePlan {
  /** As the template writes it: `POST /payments/cancel` or `$default`. */
  readonly routeKey: string;
  readonly functionId: string;
  readonly timeoutMs: number;
  readonly authorizer: AuthorizerPlan | undefined;
  readonly throttle: ThrottlePlan | undefined;
}

export interface AuthorizerPlan {
  readonly issuer: string;
  /** Further names of the issuer on this machine, in addition to the template's. */
  readonly aliases?: readonly string[] | undefined;
  readonly audience: readonly string[];
  /** The token needs one of these; empty = any valid token. */
  readonly scopes: readonly string[];
}

export interface ThrottlePlan {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The maximum integration timeout of an HTTP API, and its default: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;

/** Only the stage without a path is supported, because routes are called at the API's own address. */
const DEFAULT_STAGE = '$default';

export function planApi(planner: Planner): ApiPlan {
  const only = (type: string): string => {
    const [found, ...others] = resourcesOf(planner.template, type);
    if (found === undefined || others.length > 0) throw unplayable(`The local run plays exactly one ${type}`);
    return found;
  };
  const apiId = only('AWS::ApiGatewayV2::Api');
  const properties = planner.properties(apiId);
  if (properties.text('ProtocolType') !== 'HTTP') throw unplayable(`${apiId}: the local run plays HTTP APIs`);
  const stage = planner.properties(only('AWS::ApiGatewayV2::Stage'));
  if (stage.text('StageName') !== DEFAULT_STAGE)
    throw unplayable(`The local run plays the stage ${DEFAULT_STAGE}`);
  return {
    apiId,
    name: properties.text('Name'),
    cors: planCors(properties.object('CorsConfiguration')),
    routes: resourcesOf(planner.template, 'AWS::ApiGatewayV2::Route').map((id) =>
      planRoute(planner, id, stage),
    ),
  };
}

function planCors(cors: Fields | undefined): CorsPlan | undefined {
  return cors === undefined
    ? undefined
    : {
        allowOrigins: cors.list('AllowOrigins').map(String),
        allowMethods: cors.list('AllowMethods').map(String),
        allowHeaders: cors.list('AllowHeaders').map(String),
        exposeHeaders: cors.list('ExposeHeaders').map(String),
        allowCredentials: cors.value['AllowCredentials'] === true,
        maxAgeSeconds: cors.numberOr('MaxAge', undefined),
      };
}

function planRoute(planner: Planner, logicalId: string, stage: Fields): RoutePlan {
  const route = planner.properties(logicalId);
  const routeKey = route.text('RouteKey');
  const integration = planner.properties(route.text('Target').replace(/^integrations\//, ''));
  const kind = `${integration.text('IntegrationType')} ${integration.textOr('PayloadFormatVersion', '')}`;
  if (kind !== 'AWS_PROXY 2.0') {
    throw unplayable(
      `${logicalId}: integration ${kind}; the local run plays Lambda functions with payload 2.0`,
    );
  }
  return {
    routeKey,
    functionId: planner.functionOf(integration.text('IntegrationUri')),
    timeoutMs: integration.numberOr('TimeoutInMillis', INTEGRATION_TIMEOUT_MS),
    authorizer: planAuthorizer(planner, route),
    throttle: planThrottle(
      stage.object('RouteSettings')?.object(routeKey) ?? stage.object('DefaultRouteSettings'),
    ),
  };
}

function planAuthorizer(planner: Planner, route: Fields): AuthorizerPlan | undefined {
  const kind = route.textOr('AuthorizationType', 'NONE');
  if (kind === 'NONE') return undefined;
  const authorizer = planner.properties(route.text('AuthorizerId'));
  const source = authorizer.list('IdentitySource').map(String).join(' ');
  if (kind !== 'JWT' || source !== '$request.header.Authorization') {
    throw unplayable(
      `${route.text('RouteKey')}: ${kind} from ${source}; the local run plays JWTs in Authorization`,
    );
  }
  const jwt = authorizer.object('JwtConfiguration');
  return {
    issuer: jwt?.text('Issuer') ?? '',
    audience: jwt?.list('Audience').map(String) ?? [],
    scopes: route.list('AuthorizationScopes').map(String),
  };
}

function planThrottle(settings: Fields | undefined): ThrottlePlan | undefined {
  const ratePerSecond = settings?.numberOr('ThrottlingRateLimit', undefined);
  const burst = settings?.numberOr('ThrottlingBurstLimit', undefined);
  return ratePerSecond === undefined || burst === undefined ? undefined : { ratePerSecond, burst };
}
