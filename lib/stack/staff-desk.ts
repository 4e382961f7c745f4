import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { acknowledge } from './acknowledge.ts';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { CONNECT_SRC, deskFiles } from '../desk/build.ts';
import { projectFile } from './bundle.ts';

export interface StaffDeskProps {
  /** Undefined: the name that CloudFront gives. */
  readonly domain: { readonly name: string; readonly certificate: ICertificate } | undefined;
  /** Empty: none. */
  readonly webAclArn: string;
}

/** The deployed addresses that the desk needs. */
export interface DeskConnections {
  /** Address of the API. */
  readonly api: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly audience: string | undefined;
  /** Origins that the desk calls to sign in. */
  readonly signInOrigins: readonly string[];
}

/** The files in an installed package (lib/packages/service-package.ts). */
const MADE_BEFORE = projectFile('lib/desk/files');
const PAGE = 'index.html';

/**
 * The desk's static files: a private bucket behind CloudFront. API, user pool and distribution would need each other's
 * addresses. So the distribution refers to none of them, pool and API refer to it, and the page's files, which are filled last,
 * contain the addresses.
 */
export class StaffDesk extends Construct {
  /** The origin in the form that a browser sends. */
  readonly origin: string;
  readonly distribution: Distribution;
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, { domain, webAclArn }: StaffDeskProps) {
    super(scope, id);
    this.#bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // A deployment can restore its whole content.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Refunds, the staff desk',
      defaultRootObject: PAGE,
      ...(webAclArn === '' ? {} : { webAclId: webAclArn }),
      ...(domain === undefined ? {} : { domainNames: [domain.name], certificate: domain.certificate }),
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.#bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        // Few people use it, so it is not cached: a new version is visible at once without an invalidation.
        cachePolicy: CachePolicy.CACHING_DISABLED,
        responseHeadersPolicy: this.#headers(),
      },
    });
    this.origin = `https://${domain?.name ?? this.distribution.distributionDomainName}`;
    this.#acknowledge();
  }

  /** Headers that a page cannot set in a meta tag. */
  #headers(): ResponseHeadersPolicy {
    const override = true;
    return new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: "frame-ancestors 'none'", override },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override },
        contentTypeOptions: { override },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override,
        },
      },
    });
  }

  /**
   * Fills the bucket, with the addresses of API and sign-in in the page. CloudFormation cannot write files to a bucket, so the
   * CDK's own function does it at deployment; it also fills in names that are known only then.
   */
  fill(connections: DeskConnections): void {
    const { api, issuer, clientId, scope, audience, signInOrigins } = connections;
    const connectSrc = [api, ...new Set(signInOrigins)].join(' ');
    const files = [...staticFiles()].map(([name, bytes]) =>
      Source.data(name, new TextDecoder().decode(bytes).replaceAll(CONNECT_SRC, connectSrc)),
    );
    const settings = { api, issuer, client_id: clientId, scope, ...(audience && { audience }) };
    const logGroup = new LogGroup(this, 'DeploymentLogs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = deploymentRole(this, logGroup, this.#bucket);
    new BucketDeployment(this, 'Deployment', {
      destinationBucket: this.#bucket,
      sources: [...files, Source.jsonData('desk.json', settings)],
      cacheControl: [CacheControl.noCache()],
      // Without this the bucket could not be deleted with the stack.
      retainOnDelete: false,
      role,
      logGroup,
    });
    acknowledgeTheirFunction(this);
  }

  #acknowledge(): void {
    const noLog =
      'What is in it is the same for everybody and holds nothing of a refund; the data come from the API, whose access log has each request.';
    acknowledge(this.#bucket, { id: 'AwsSolutions-S1', reason: noLog });
    acknowledge(
      this.distribution,
      { id: 'AwsSolutions-CFR1', reason: 'Staff travel; the web ACL can look at countries.' },
      { id: 'AwsSolutions-CFR2', reason: 'Static files; a web ACL is put in front where one is given.' },
      { id: 'AwsSolutions-CFR3', reason: noLog },
      { id: 'AwsSolutions-CFR4', reason: "CloudFront's own name has its own certificate and TLS versions." },
    );
  }
}

function staticFiles(): ReadonlyMap<string, Uint8Array> {
  if (!existsSync(MADE_BEFORE)) return deskFiles();
  return new Map(readdirSync(MADE_BEFORE).map((name) => [name, readFileSync(path.join(MADE_BEFORE, name))]));
}

/** The permissions that the CDK grants its copying function: wildcard actions on whole buckets. */
const STARS = ['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*'].map(
  (action) => `Action::s3:${action}`,
);
const ASSETS = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>';

/** Written out instead of AWS's managed policy: this log group and no other. */
function deploymentRole(scope: Construct, logGroup: LogGroup, bucket: Bucket): Role {
  const role = new Role(scope, 'DeploymentRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  const definition = bucket.node.defaultChild;
  if (!(definition instanceof CfnBucket)) throw new Error('Bug: the bucket has no definition of its own');
  const files = Stack.of(scope).getLogicalId(definition);
  const reason =
    "It works at a deployment alone: reads the assets that the account's bootstrap keeps, and writes this one bucket, which holds nothing secret.";
  for (const found of [...STARS, `Resource::${ASSETS}/*`, `Resource::<${files}.Arn>/*`])
    acknowledge(role, { id: `AwsSolutions-IAM5[${found}]`, reason });
  return role;
}

/** The CDK's function for such deployments, one per stack; Python, in the version that the CDK was tested with. */
function acknowledgeTheirFunction(scope: Construct): void {
  const theirs = Stack.of(scope).node.tryFindChild(
    'Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C',
  );
  if (theirs === undefined) return;
  const itsMakers = 'The CDK chooses the runtime of its own function, and changes it with its releases.';
  const deployment = 'CloudFormation waits for its answer; when it fails, the deployment fails.';
  acknowledge(
    theirs,
    { id: 'AwsSolutions-L1', reason: itsMakers },
    { id: 'Serverless-LambdaLatestVersion', reason: itsMakers },
    { id: 'Serverless-LambdaDLQ', reason: deployment },
    { id: 'Serverless-LambdaTracing', reason: deployment },
  );
}
