import {
  CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  LogGroupLogDestination,
  PayloadFormatVersion,
  type HttpRoute,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { Duration, Fn, Names, Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { INTEGRATION_TIMEOUT } from './budgets.ts';
import { CORS } from './cors.ts';
import type { ServiceFunctions } from './functions.ts';
import { countAtTheGateway } from './metrics.ts';
import {
  ROUTE_KEYS,
  ROUTES,
  STAGE_THROTTLE,
  WEBHOOK_ROUTE,
  type RouteKey,
  type Throttles,
} from './routes.ts';
import { KEPT } from './storage.ts';

interface RefundApiProps {
  /** Written to the access log, so that metrics counted there belong to this service. */
  readonly serviceName: string;
  readonly functions: ServiceFunctions;
  readonly throttles: Throttles;
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] };
  readonly allowedOrigins: readonly string[];
  readonly domain: { readonly name: string; readonly certificate: ICertificate } | undefined;
}

/** The access log has the result, the duration and the request id, but no address, user agent or token. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
};

/**
 * The HTTP API: a JWT on every route but the webhook, which the provider calls without one.
 *
 * An HTTP API has no resource policy, so every request counts against the throttle of its route. The webhook's route has its own
 * throttle: a flood of webhooks does not block other routes, and the schedules find what a throttled webhook would have
 * reported. Its function refuses all addresses except i'mport's before it calls i'mport. Limits per address need a web ACL
 * (`webAclArn`).
 */
export class RefundApi extends Construct {
  readonly api: HttpApi;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, props: RefundApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      ...(props.allowedOrigins.length === 0 ? {} : { corsPreflight: this.#cors(props.allowedOrigins) }),
    });
    const authorizer = new HttpJwtAuthorizer('Jwt', props.tokens.issuer, {
      jwtAudience: [...props.tokens.audience],
    });
    const routes = ROUTE_KEYS.flatMap((route) => {
      const { alias } = props.functions[ROUTES[route].door];
      return this.#route(route, alias, route === WEBHOOK_ROUTE ? undefined : authorizer);
    });
    this.accessLog = this.#accessLog();
    countAtTheGateway(this, this.accessLog);
    // API Gateway refuses settings of a route that does not exist yet.
    this.#stage(props).node.addDependency(...routes);
  }

  /**
   * For log groups with another prefix, API Gateway extends a resource policy until it is full. The group survives its stack,
   * so its name ends in a part that is unique to the stack.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
   */
  #accessLog(): LogGroup {
    const stackId = Fn.select(2, Fn.split('/', Stack.of(this).stackId));
    return new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/refunds/${Names.uniqueId(this)}/${stackId}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: KEPT,
    });
  }

  #cors(origins: readonly string[]) {
    return {
      allowOrigins: [...origins],
      allowMethods: CORS.allowMethods.map((method) => CorsHttpMethod[method]),
      allowHeaders: [...CORS.allowHeaders],
      exposeHeaders: [...CORS.exposeHeaders],
      maxAge: Duration.seconds(CORS.maxAgeSeconds),
    };
  }

  #route(key: RouteKey, handler: IFunction, authorizer?: IHttpRouteAuthorizer): readonly HttpRoute[] {
    const [method = '', path = ''] = key.split(' ');
    const integration = new HttpLambdaIntegration(`${method} ${path}`, handler, {
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
      timeout: INTEGRATION_TIMEOUT,
    });
    const methods = [method === 'GET' ? HttpMethod.GET : HttpMethod.POST];
    return this.api.addRoutes({ path, methods, integration, ...(authorizer && { authorizer }) });
  }

  #stage({ domain, throttles, serviceName }: RefundApiProps): CfnStage {
    const stage = this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      ...(domain && {
        domainMapping: {
          domainName: new DomainName(this, 'Domain', {
            domainName: domain.name,
            certificate: domain.certificate,
          }),
        },
      }),
      throttle: { rateLimit: STAGE_THROTTLE.rate, burstLimit: STAGE_THROTTLE.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify({ service: serviceName, ...ACCESS_LOG })),
      },
    });
    const definition = stage.node.defaultChild;
    if (!(definition instanceof CfnStage)) throw new Error('Bug: the stage has no definition of its own');
    const routes = ROUTE_KEYS.map((route) => {
      const { rate: ThrottlingRateLimit, burst: ThrottlingBurstLimit } =
        throttles[route] ?? ROUTES[route].throttle;
      return [route, { ThrottlingRateLimit, ThrottlingBurstLimit, DetailedMetricsEnabled: true }] as const;
    });
    definition.routeSettings = Object.fromEntries(routes);
    return definition;
  }
}
