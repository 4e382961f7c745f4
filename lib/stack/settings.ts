import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import type { FunctionName } from './functions.ts';
import type { Throttles } from './routes.ts';

/** The staff desk's client at an issuer of the shop's own: public (PKCE, no secret), allowed to return to `StaffDeskUrl`. */
export interface DeskClient {
  readonly clientId: string;
  /** @default openid */
  readonly scope?: string | undefined;
  /** For issuers that give an access token only to those who name its audience. */
  readonly audience?: string | undefined;
}

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
   * The three characters of a sub-merchant (하위상점), sent with every request to i'mport.
   * @default - none
   */
  readonly iamportTier: string;
  /**
   * Seconds in which a request may still be executed after it was sent (G of the protocol); 60 to 3600.
   * @default 180
   */
  readonly quietPeriodSeconds: number;
  /**
   * PGs that cancel later, beside those that are known to: `pg_provider`, or `pg_provider:pay_method`.
   * @default - none more
   */
  readonly pgsThatCancelLater: readonly string[];
  /**
   * Rules of PGs that do not hold for this shop, by name (functions/refund/pg/rules.ts), because its contract differs. A refund
   * that one of them would stop goes to the PG, which then has the last word.
   * @default - every rule holds
   */
  readonly rulesOff: readonly string[];
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
   * Reconciliation imports payments that no webhook brought. They are found at i'mport anyway when somebody asks for one;
   * and an i'mport account that other systems use too would fill the ledger with theirs.
   * @default false
   */
  readonly importUnknownPayments: boolean;
  /**
   * `false`: only staff may refund; the shop decides in a back end of its own.
   * @default true
   */
  readonly customersMayRefund: boolean;
  /**
   * The claim of an access token that names the person, at an issuer other than Cognito. Without it nobody there can close
   * a refund: two people must be told apart.
   * @default - none
   */
  readonly personClaim: string;
  /**
   * Partitions of the index of open refunds, 1 to 64; each takes about 500 refunds a second. Raise it at any time. When
   * it is lowered while something is in doubt, the partitions beyond are looked at once an hour.
   * @default 8
   */
  readonly openRefundShards: number;
  /**
   * Protects the tables and the user pool from deletion. Set it when the first deployment has succeeded: before that it would
   * stop the roll-back of one that fails.
   * @default false
   */
  readonly deletionProtection: boolean;
  /**
   * Concurrency that is reserved, by function.
   * @default - none: a new account has ten in all and refuses every reservation
   */
  readonly concurrency: Readonly<Partial<Record<FunctionName, number>>>;
  /**
   * Throttles by route, in place of the service's own (lib/stack/routes.ts).
   * @default - the service's own
   */
  readonly throttles: Throttles;
  /**
   * A web ACL of AWS WAF (scope CLOUDFRONT, so in us-east-1). An HTTP API cannot carry one, so a CloudFront distribution with
   * it is put in front; see lib/stack/front-door.ts for what that does and does not keep out.
   * @default - none, and no distribution
   */
  readonly webAclArn: string;
  /**
   * An address of the shop's that every event is posted to, signed as Standard Webhooks say: https, and not a private one.
   * @default - none: events are on the bus alone
   */
  readonly eventsUrl: string;
  /**
   * Pages of the shop's own that a browser may return to after a member of staff has signed in (only with the service's own
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
   * The shop's own table of orders, and what it calls their attributes. Its partition key is the order number (text), and it
   * has no sort key; this is checked where the table is made in the same app, not where it is only named (`fromTableArn`).
   * The service reads single items of it and writes none.
   * @default - a table of its own with the key `merchant_uid`, kept when the stack is deleted; see `grantCheckout`
   */
  readonly orders?: { readonly table: ITable; readonly attributes?: Partial<OrderAttributes> };
  /**
   * A ledger that was restored from a point in time (runbook, "Restore"): the keys, indexes and stream of the service's own.
   * @default - a table with its own key and point-in-time recovery, kept when the stack is deleted
   */
  readonly ledger?: ITable;
  /**
   * The bus that events of refunds go to.
   * @default - the account's default bus
   */
  readonly eventBus?: IEventBus;
  /**
   * Secret with JSON `{"imp_key", "imp_secret"}`. With a key of the shop's own, it must know that key
   * (`Secret.fromSecretAttributes({ encryptionKey })`), or no function may use it.
   * @default - an empty one is made; the stack's outputs say how to fill it
   */
  readonly iamportSecret?: ISecret;
  /**
   * Who issues the tokens of customers and staff.
   * @default - a Cognito user pool of its own for staff, with managed login and the group `refund-staff`
   */
  readonly tokens?: { readonly issuer: string; readonly audience: readonly string[] };
  /**
   * Where alarms go. Its policy, and its key's, must let CloudWatch publish.
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
