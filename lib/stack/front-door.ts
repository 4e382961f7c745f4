import { Fn, Stack } from 'aws-cdk-lib';
import { acknowledge } from './acknowledge.ts';
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
 * An HTTP API can carry no web ACL; a CloudFront distribution in front of it can. Storefront and back office then call the
 * distribution's address. What it adds: limits for each address before a request costs a place in a route's bucket, and
 * managed rules.
 *
 * What it does not: the API keeps its own address, so who knows that one goes past the web ACL, as far as the authorizer
 * and the throttles. Closing that way would take a domain as origin, an own address switched off, a secret header that every
 * function checks and the viewer's address from another header, and would keep out nothing that they do not keep out already.
 * The webhook must keep to the API's address: its function lets in only the provider's published addresses, and behind CloudFront
 * every caller has CloudFront's.
 */
export function frontDoor(scope: Construct, { api, webAclArn }: FrontDoorProps): Distribution {
  const host = Fn.join('.', [api.apiId, 'execute-api', Stack.of(scope).region, Stack.of(scope).urlSuffix]);
  const distribution = new Distribution(scope, 'FrontDoor', {
    comment: 'Refunds, with a web ACL',
    webAclId: webAclArn,
    defaultBehavior: {
      origin: new HttpOrigin(host, { readTimeout: INTEGRATION_TIMEOUT }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      // An answer about money is never an old one.
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    },
  });
  acknowledge(
    distribution,
    { id: 'AwsSolutions-CFR1', reason: 'Customers and staff travel; the web ACL can look at countries.' },
    {
      id: 'AwsSolutions-CFR3',
      reason: "Every request is in the API's access log, which holds no personal data; CloudFront's would.",
    },
    { id: 'AwsSolutions-CFR4', reason: "CloudFront's own name has its own certificate and TLS versions." },
  );
  return distribution;
}

export interface FrontDoorProps {
  readonly api: HttpApi;
  readonly webAclArn: string;
}
