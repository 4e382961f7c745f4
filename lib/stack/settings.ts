import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import type { FunctionName } from './functions.ts';
import type { Throttles } from './routes.ts';

/** The staff desk's client at the shop's own issuer: a public client (PKCE, no secret) with the callback address `StaffDeskUrl`. */
export interface DeskClient {
  readonly clientId: string;
  /** @default openid */
  readonly scope?: string | undefined;
  /** For issuers that require an audience in the request for an access token. */
  readonly audience?: string | undefined;
}

/** Settings with plain values: props of the construct, and keys of cdk.json's context. */
export interface Settings {
  /**
   * Value of the metrics' dimension `Service`; it distinguishes two services in one account.
   * @default - the construct's path
   */
  readonly serviceName: string;
  /**
   * Base address of i'mport's API.
   * @default https://api.iamport.kr
   */
  readonly iamportApiUrl: string;
  /**
   * The three-character code of a sub-merchant (하위상점), sent with every request to i'mport.
   * @default - none
   */
  readonly iamportTier: string;
  /**
   * Seconds in which a request may still be executed after it was sent (G of the protocol); 60 to 3600.
   * @default 180
   */
  readonly quietPeriodSeconds: number;
  /**
   * More PGs that cancel later, in addition to the known ones: `pg_provider`, or `pg_provider:pay_method`.
   * @default - none
   */
  readonly pgsThatCancelLater: readonly string[];
  /**
   * PG rules that do not apply to this shop's contract, by name (functions/refund/pg/rules.ts). A refund
   * that such a rule would refuse is sent, and the PG decides.
   * @default - every rule applies
   */
  readonly rulesOff: readonly string[];
  /**
   * Addresses from which i'mport sends webhooks; others are refused.
   * @default - those that i'mport publishes
   */
  readonly webhookSourceAddresses: readonly string[];
  /**
   * Pages that may call the API (CORS): exact https origins.
   * @default - none
   */
  readonly allowedOrigins: readonly string[];
  /**
   * Reconciliation imports payments for which no webhook came. A request for such a payment finds it at i'mport anyway;
   * if other systems use the same i'mport account, this would fill the ledger with their payments.
   * @default false
   */
  readonly importUnknownPayments: boolean;
  /**
   * `false`: only staff may refund; the shop decides in its own back end.
   * @default true
   */
  readonly customersMayRefund: boolean;
  /**
   * The claim of an access token that names the person, for an issuer other than Cognito. Without it nobody can close
   * a refund, because closing needs two different persons.
   * @default - none
   */
  readonly personClaim: string;
  /**
   * Protects the tables and the user pool from deletion. Set it when the first deployment has succeeded: before that it would
   * stop the roll-back of one that fails.
   * @default false
   */
  readonly deletionProtection: boolean;
  /**
   * Reserved concurrency by function.
   * @default - none: a new account has ten in all and refuses every reservation
   */
  readonly concurrency: Readonly<Partial<Record<FunctionName, number>>>;
  /**
   * Throttles by route, in place of the service's own (lib/stack/routes.ts).
   * @default - the service's own
   */
  readonly throttles: Throttles;
  /**
   * A web ACL of AWS WAF (scope CLOUDFRONT, so in us-east-1). An HTTP API cannot have one, so a CloudFront distribution with
   * it is added in front; lib/stack/front-door.ts says what that does not cover.
   * @default - none, and no distribution
   */
  readonly webAclArn: string;
  /**
   * The shop's address for events: every event is posted there, signed as Standard Webhooks describe. A public https address.
   * @default - none: events are only on the bus
   */
  readonly eventsUrl: string;
  /**
   * The shop's own pages to which a browser may return after staff have signed in (only with the service's own
   * user pool). The staff desk and `refunds sign-in` need none.
   * @default - none
   */
  readonly signInCallbackUrls: readonly string[];
  /**
   * A page for staff, behind CloudFront: `true` with the service's own user pool, else the client that it signs in as.
   * @default false
   */
  readonly staffDesk: boolean | DeskClient;
}

/** Nothing is required: every prop has a default that can be deployed. An unknown one is refused. */
export interface RefundServiceProps extends Partial<Settings> {
  /**
   * The shop's own orders table, and its names for the attributes. Its partition key is the order number (text), and it
   * has no sort key. This is checked only if the table is created in the same app, not with `fromTableArn`.
   * The service reads single items and writes none.
   * @default - a table of its own with the key `merchant_uid`, kept when the stack is deleted; see `grantCheckout`
   */
  readonly orders?: { readonly table: ITable; readonly attributes?: Partial<OrderAttributes> };
  /**
   * A ledger that was restored from a point in time (runbook, "Restore"), with the same keys, indexes and stream.
   * @default - a table with its own key and point-in-time recovery, kept when the stack is deleted
   */
  readonly ledger?: ITable;
  /**
   * The bus for refund events.
   * @default - the account's default bus
   */
  readonly eventBus?: IEventBus;
  /**
   * Secret with JSON `{"imp_key", "imp_secret"}`. If it has its own KMS key, pass that key
   * (`Secret.fromSecretAttributes({ encryptionKey })`); otherwise no function can read the secret.
   * @default - an empty secret; the stack's outputs say how to fill it
   */
  readonly iamportSecret?: ISecret;
  /**
   * Who issues the tokens of customers and staff.
   * @default - a Cognito user pool of its own for staff, with managed login and the group `refund-staff`
   */
  readonly tokens?: { readonly issuer: string; readonly audience: readonly string[] };
  /**
   * The topic for alarms. Its policy and its key's policy must let CloudWatch publish.
   * @default - a topic of its own, without subscribers
   */
  readonly alarmTopic?: ITopic;
  /**
   * Name of the API, and a certificate for it in the same region; the DNS record is the caller's.
   * @default - the name that AWS gives
   */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
  /**
   * Name of the staff desk, and a certificate for it in us-east-1, where CloudFront looks; the DNS record is the caller's.
   * @default - the name that CloudFront gives
   */
  readonly staffDeskDomain?: { readonly name: string; readonly certificate: ICertificate };
}
