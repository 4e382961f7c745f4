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
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { INTEGRATION_TIMEOUT } from './budgets.ts';
import { CORS } from './cors.ts';
import { STAGE_THROTTLE, throttlesWith, type RouteKey, type Throttles } from './throttles.ts';

export interface RefundApiProps {
  readonly cancelPayment: IFunction;
  readonly getPayment: IFunction;
  readonly closeRefund: IFunction;
  readonly receiveWebhook: IFunction;
  readonly throttles: Throttles | undefined;
  readonly tokens: { readonly issuer: string; readonly audience: readonly string[] };
  readonly allowedOrigins: readonly string[];
  readonly domain: { readonly name: string; readonly certificate: ICertificate } | undefined;
}

/** Neither address nor user agent nor token: what happened, how long it took, and the id to find it by. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
};

/** The HTTP API: a JWT on every route but the webhook, which the provider calls without one. */
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
    const routes = [
      this.#route('POST /payments/cancel', props.cancelPayment, authorizer),
      this.#route('GET /payments/{merchant_uid}', props.getPayment, authorizer),
      this.#route('GET /payments', props.getPayment, authorizer),
      this.#route('POST /payments/{merchant_uid}/refunds/{refund_id}/close', props.closeRefund, authorizer),
      this.#route('POST /webhooks/iamport', props.receiveWebhook),
    ].flat();
    this.accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Settings of a route are refused while the route is not there yet.
    this.#stage(props).node.addDependency(...routes);
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
    const routes = this.api.addRoutes({
      path,
      methods,
      integration,
      ...(authorizer === undefined ? {} : { authorizer }),
    });
    for (const route of authorizer === undefined ? routes : []) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          "i'mport signs nothing and sends no token. The function takes the webhook only from its published addresses and believes only what it reads back.",
      });
    }
    return routes;
  }

  #stage({ domain, throttles }: RefundApiProps): CfnStage {
    const { name = '', certificate } = domain ?? {};
    const mapping =
      certificate === undefined
        ? {}
        : {
            domainMapping: { domainName: new DomainName(this, 'Domain', { domainName: name, certificate }) },
          };
    const stage = this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      ...mapping,
      throttle: { rateLimit: STAGE_THROTTLE.rate, burstLimit: STAGE_THROTTLE.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    const definition = stage.node.defaultChild;
    if (!(definition instanceof CfnStage)) throw new Error('Bug: the stage has no definition of its own');
    definition.routeSettings = Object.fromEntries(
      Object.entries(throttlesWith(throttles)).map(([route, { rate, burst }]) => [
        route,
        { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst, DetailedMetricsEnabled: true },
      ]),
    );
    return definition;
  }
}
