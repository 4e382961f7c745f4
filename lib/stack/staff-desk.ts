import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
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
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
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
    // Written out instead of AWS's managed policy: this log group and no other.
    const role = new Role(this, 'DeploymentRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    new BucketDeployment(this, 'Deployment', {
      destinationBucket: this.#bucket,
      sources: [...files, Source.jsonData('desk.json', settings)],
      cacheControl: [CacheControl.noCache()],
      // Without this the bucket could not be deleted with the stack.
      retainOnDelete: false,
      role,
      logGroup,
    });
  }
}

function staticFiles(): ReadonlyMap<string, Uint8Array> {
  if (!existsSync(MADE_BEFORE)) return deskFiles();
  return new Map(readdirSync(MADE_BEFORE).map((name) => [name, readFileSync(path.join(MADE_BEFORE, name))]));
}
