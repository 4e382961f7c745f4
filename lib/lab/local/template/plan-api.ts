import type { Fields } from '../json.ts';
import { need, type Planner, resourcesOf, unplayable } from './template.ts';

export interface ApiPlan {
  readonly apiId: string;
  readonly cors: CorsPlan | undefined;
  readonly routes: readonly RoutePlan[];
}

export interface CorsPlan {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

export interface RoutePlan {
  /** A method and a path, as the template writes them: `GET /payments/{merchant_uid}`. */
  readonly routeKey: string;
  readonly functionId: string;
  readonly timeoutMs: number;
  readonly authorizer: AuthorizerPlan | undefined;
  readonly throttle: ThrottlePlan | undefined;
}

export interface AuthorizerPlan {
  readonly issuer: string;
  readonly audience: readonly string[];
}

export interface ThrottlePlan {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The maximum integration timeout of an HTTP API, and its default: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;

export function planApi(planner: Planner): ApiPlan {
  const only = (type: string): string => {
    const [found, ...others] = resourcesOf(planner.template, type);
    if (found === undefined || others.length > 0) throw unplayable(`The local run needs exactly one ${type}`);
    return found;
  };
  const apiId = only('AWS::ApiGatewayV2::Api');
  const properties = planner.properties(apiId);
  need(properties.text('ProtocolType') === 'HTTP', 'HTTP APIs');
  const stage = planner.properties(only('AWS::ApiGatewayV2::Stage'));
  // Routes are called at the API's own address.
  need(stage.text('StageName') === '$default', 'the stage $default');
  const routes = resourcesOf(planner.template, 'AWS::ApiGatewayV2::Route');
  return {
    apiId,
    cors: planCors(properties.object('CorsConfiguration')),
    routes: routes.map((id) => planRoute(planner, planner.properties(id), stage)),
  };
}

function planCors(cors: Fields | undefined): CorsPlan | undefined {
  if (cors === undefined) return undefined;
  const allowOrigins = cors.list('AllowOrigins').map(String);
  need(!allowOrigins.some((origin) => origin.includes('*')), 'exact origins in AllowOrigins');
  need(cors.value['AllowCredentials'] !== true, 'CORS without credentials');
  return {
    allowOrigins,
    allowMethods: cors.list('AllowMethods').map(String),
    allowHeaders: cors.list('AllowHeaders').map(String),
    exposeHeaders: cors.list('ExposeHeaders').map(String),
    maxAgeSeconds: cors.numberOr('MaxAge', 0),
  };
}

function planRoute(planner: Planner, route: Fields, stage: Fields): RoutePlan {
  const routeKey = route.text('RouteKey');
  need(/^(?!ANY)[A-Z]+ \/[^+]*$/.test(routeKey), `routes with a method and a path, not ${routeKey}`);
  const integration = planner.properties(route.text('Target').replace(/^integrations\//, ''));
  const kind = `${integration.text('IntegrationType')} ${integration.textOr('PayloadFormatVersion', '')}`;
  need(kind === 'AWS_PROXY 2.0', `functions with payload 2.0, not ${kind} of ${routeKey}`);
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
  const source = authorizer.list('IdentitySource').join(' ');
  need(`${kind} ${source}` === 'JWT $request.header.Authorization', `JWTs in Authorization, not ${source}`);
  const jwt = authorizer.object('JwtConfiguration');
  return { issuer: jwt?.text('Issuer') ?? '', audience: jwt?.list('Audience').map(String) ?? [] };
}

function planThrottle(settings: Fields | undefined): ThrottlePlan | undefined {
  const ratePerSecond = settings?.numberOr('ThrottlingRateLimit', undefined);
  const burst = settings?.numberOr('ThrottlingBurstLimit', undefined);
  return ratePerSecond === undefined || burst === undefined ? undefined : { ratePerSecond, burst };
}
