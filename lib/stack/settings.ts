import type { FunctionName } from './service-functions.ts';
import type { Throttles } from './throttles.ts';

/** What a deployer may decide in plain values: props of the construct, and keys of cdk.json's context. */
export interface Settings {
  /**
   * Value of the metrics' dimension `Service`: two services in one account have one each.
   * @default - the construct's path
   */
  readonly serviceName: string;
  /**
   * Base address of i'mport's API.
   * @default https://api.iamport.kr
   */
  readonly iamportApiUrl: string;
  /**
   * Seconds in which a request may still be executed after we stopped waiting (G of the protocol); 60 to 3600.
   * @default 180
   */
  readonly quietPeriodSeconds: number;
  /**
   * Addresses the provider sends webhooks from.
   * @default - those that i'mport publishes
   */
  readonly webhookSourceAddresses: readonly string[];
  /**
   * Pages that may call the API (CORS): exact https origins.
   * @default - none
   */
  readonly allowedOrigins: readonly string[];
  /**
   * `never`: a cancel that is proven not to have arrived is not sent again by itself either.
   * @default safe
   */
  readonly resend: 'safe' | 'never';
  /**
   * PGs (pg_provider) that compare the remaining balance themselves, beside those that are known to.
   * @default - none more
   */
  readonly pgsThatCheckBalance: readonly string[];
  /**
   * PGs (pg_provider) that drop `reason`, and our tag with it, beside those that are known to.
   * @default - none more
   */
  readonly pgsThatDropReasons: readonly string[];
  /**
   * Reconciliation makes items of payments that no webhook brought. They are found at i'mport anyway when somebody asks for
   * one; and an i'mport account that other systems use too would fill the table with theirs.
   * @default false
   */
  readonly importUnknownPayments: boolean;
  /**
   * `false`: only staff may refund; the shop decides in a back end of its own.
   * @default true
   */
  readonly customersMayRefund: boolean;
  /**
   * Partitions of the index of open refunds, 1 to 64; each takes about 500 refunds a second. Raise it at any time. When
   * it is lowered while something is in doubt, what lies in the partitions beyond is looked at once an hour.
   * @default 8
   */
  readonly openRefundShards: number;
  /**
   * Concurrency that is reserved, by function.
   * @default - none: a new account has ten in all and refuses every reservation
   */
  readonly concurrency: Readonly<Partial<Record<FunctionName, number>>>;
  /**
   * Throttles by route, in place of the service's own (lib/stack/throttles.ts).
   * @default - the service's own
   */
  readonly throttles: Throttles;
  /**
   * A web ACL of AWS WAF (scope CLOUDFRONT, so in us-east-1). An HTTP API cannot carry one, so that a CloudFront
   * distribution with it is put in front; see lib/stack/front-door.ts for what that does and does not keep out.
   * @default - none, and no distribution
   */
  readonly webAclArn: string;
  /**
   * Where a browser may return to after a member of staff has signed in (only with the service's own user pool).
   * @default - the first allowed origin, or http://localhost:3000
   */
  readonly signInCallbackUrls: readonly string[];
}
