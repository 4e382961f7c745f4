import { Fn, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { Construct } from 'constructs';
import { INTEGRATION_TIMEOUT } from './budgets.ts';

/**
 * An HTTP API cannot have a web ACL, but a CloudFront distribution in front of it can. Storefront and back office then call the
 * distribution's address. It adds limits per address, before a request counts against a route's throttle, and managed rules.
 *
 * It does not close the API's own address: a caller who knows it bypasses the web ACL, but not the authorizer and the throttles.
 * Closing it would need a domain as origin, the default address disabled, a secret header that every function checks, and the
 * viewer's address from another header; it would stop nothing that authorizer and throttles do not stop. The webhook must use
 * the API's own address, because its function accepts only i'mport's published addresses, and behind CloudFront every caller
 * has CloudFront's address.
 */
export function frontDoor(scope: Construct, { api, webAclArn }: FrontDoorProps): Distribution {
  const host = Fn.join('.', [api.apiId, 'execute-api', Stack.of(scope).region, Stack.of(scope).urlSuffix]);
  return new Distribution(scope, 'FrontDoor', {
    comment: 'Refunds, with a web ACL',
    webAclId: webAclArn,
    defaultBehavior: {
      origin: new HttpOrigin(host, { readTimeout: INTEGRATION_TIMEOUT }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      // Answers about money must never be cached.
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    },
  });
}

export interface FrontDoorProps {
  readonly api: HttpApi;
  readonly webAclArn: string;
}
