import { Match, Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../lib/stack/configuration.ts';
import { RefundService } from '../../lib/stack/refund-service.ts';
import { checkedTemplate, filesOf, newApp, resources, stackWith } from './support.ts';

const ISSUER = { jwtIssuer: 'https://issuer.example/shop', jwtAudience: 'shop' };
const CLIENT = { clientId: 'desk', scope: 'openid payments/cancel.any', audience: 'shop' };
const ACL = 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/shop/1234abcd-12ab-34cd-56ef-1234567890ab';

/** `fromStack` fails for a template with circular dependencies. */
const ownPool = checkedTemplate({ staffDesk: true, allowedOrigins: ['https://shop.example'] });
const otherIssuer = checkedTemplate({ ...ISSUER, staffDesk: CLIENT, webAclArn: ACL });

const idOf = (template: Template, type: string, part: string): string =>
  resources(template, type).find(({ id }) => id.includes(part))?.id ?? '';
/** The desk's origin as a CloudFormation expression. */
const originIn = (template: Template, rest = '') => {
  const domain = { 'Fn::GetAtt': [idOf(template, 'AWS::CloudFront::Distribution', 'Desk'), 'DomainName'] };
  return { 'Fn::Join': ['', ['https://', domain, ...(rest === '' ? [] : [rest])]] };
};

const Deployment = v.object({
  SourceObjectKeys: v.array(v.string()),
  SourceMarkers: v.array(v.record(v.string(), v.unknown())),
});

/** The deployed files of the desk, with CloudFormation expressions for names known only at deployment. */
function deployedFiles(template: Template): ReadonlyMap<string, string> {
  const [deployment] = resources(template, 'Custom::CDKBucketDeployment');
  const { SourceObjectKeys, SourceMarkers } = v.parse(Deployment, deployment?.properties);
  return new Map(
    SourceObjectKeys.flatMap((key, index) =>
      [...filesOf(key)].map(([name, text]) => {
        const filled = Object.entries(SourceMarkers[index] ?? {}).reduce(
          (so, [marker, value]) => so.replaceAll(marker, JSON.stringify(value)),
          text,
        );
        return [name, filled] as const;
      }),
    ),
  );
}

describe('the staff desk', () => {
  it('the desk is created only with its setting', () => {
    const without = Template.fromStack(stackWith());
    for (const type of ['AWS::S3::Bucket', 'AWS::CloudFront::Distribution', 'Custom::CDKBucketDeployment'])
      without.resourceCountIs(type, 0);
    expect(without.findOutputs('StaffDeskUrl')).toEqual({});
    expect(ownPool.findOutputs('StaffDeskUrl')['StaffDeskUrl']?.['Value']).toEqual(originIn(ownPool, '/'));
  });

  it('only the distribution can read the desk’s bucket, over TLS', () => {
    const blocked = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    ownPool.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: Object.fromEntries(blocked.map((each) => [each, true])),
    });
    const [policy] = resources(ownPool, 'AWS::S3::BucketPolicy');
    const distribution = idOf(ownPool, 'AWS::CloudFront::Distribution', 'Desk');
    expect(policy?.properties['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: {
            StringEquals: {
              'AWS:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([{ Ref: distribution }])] },
            },
          },
        },
      ],
    });
    ownPool.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
  });

  it('the desk has security headers: no frames, TLS only, no content sniffing, no referrer', () => {
    ownPool.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: { ContentSecurityPolicy: "frame-ancestors 'none'", Override: true },
          FrameOptions: { FrameOption: 'DENY' },
          ContentTypeOptions: { Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer' },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: true },
        },
      },
    });
    const policy = idOf(ownPool, 'AWS::CloudFront::ResponseHeadersPolicy', 'Desk');
    ownPool.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        DefaultRootObject: 'index.html',
        DefaultCacheBehavior: {
          ViewerProtocolPolicy: 'redirect-to-https',
          ResponseHeadersPolicyId: { Ref: policy },
        },
      },
    });
  });

  it('CORS allows the desk besides the configured pages', () => {
    const allowed = (template: Template, AllowOrigins: readonly unknown[]) =>
      template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: { AllowOrigins } });
    allowed(ownPool, ['https://shop.example', originIn(ownPool)]);
    allowed(otherIssuer, [originIn(otherIssuer)]);
  });

  it('Cognito redirects to the desk after sign-in', () => {
    const desk = originIn(ownPool, '/');
    ownPool.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: Match.arrayWith([desk]),
      LogoutURLs: Match.arrayWith([desk]),
    });
  });

  it('with the stack’s user pool the desk may connect only to the API, the issuer and the sign-in page', () => {
    const files = deployedFiles(ownPool);
    expect([...files.keys()].toSorted()).toEqual(['desk.css', 'desk.js', 'desk.json', 'index.html']);
    const api = JSON.stringify({
      'Fn::GetAtt': [idOf(ownPool, 'AWS::ApiGatewayV2::Api', 'Http'), 'ApiEndpoint'],
    });
    const region = JSON.stringify({ Ref: 'AWS::Region' });
    const domain = JSON.stringify({ Ref: idOf(ownPool, 'AWS::Cognito::UserPoolDomain', 'SignIn') });
    const pool = JSON.stringify({ Ref: idOf(ownPool, 'AWS::Cognito::UserPool', 'Pool') });
    const client = JSON.stringify({ Ref: idOf(ownPool, 'AWS::Cognito::UserPoolClient', 'Client') });
    const issuer = `https://cognito-idp.${region}.amazonaws.com`;
    expect(files.get('index.html')).toContain(
      ` connect-src 'self' ${api} ${issuer} https://${domain}.auth.${region}.amazoncognito.com;`,
    );
    expect(files.get('desk.json')).toBe(
      `{"api":"${api}","issuer":"${issuer}/${pool}","client_id":"${client}","scope":"openid"}`,
    );
  });

  it("with the shop's own issuer the desk signs in as the given client, and calls the API through the web ACL", () => {
    otherIssuer.resourceCountIs('AWS::Cognito::UserPool', 0);
    const files = deployedFiles(otherIssuer);
    const door = idOf(otherIssuer, 'AWS::CloudFront::Distribution', 'FrontDoor');
    const api = `https://${JSON.stringify({ 'Fn::GetAtt': [door, 'DomainName'] })}`;
    expect(files.get('index.html')).toContain(` connect-src 'self' ${api} https://issuer.example;`);
    expect(files.get('desk.json')).toBe(
      `{"api":"${api}","issuer":"https://issuer.example/shop","client_id":"desk","scope":"openid payments/cancel.any","audience":"shop"}`,
    );
    otherIssuer.allResourcesProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { WebACLId: ACL },
    });
  });

  it('a desk with its own domain uses it in CORS, redirects and outputs', () => {
    const stack = new Stack(newApp(), 'Shop');
    const arn = 'arn:aws:acm:us-east-1:111111111111:certificate/1';
    const certificate = Certificate.fromCertificateArn(stack, 'Certificate', arn);
    const { staffDesk } = new RefundService(stack, 'Refunds', {
      staffDesk: true,
      staffDeskDomain: { name: 'desk.shop.example', certificate },
    });
    expect(staffDesk?.origin).toBe('https://desk.shop.example');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { Aliases: ['desk.shop.example'], ViewerCertificate: { AcmCertificateArn: arn } },
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: { AllowOrigins: ['https://desk.shop.example'] },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: Match.arrayWith(['https://desk.shop.example/']),
    });
  });

  it.each([
    [{ staffDesk: 'yes' }, /staffDesk must be true, false, or \{"clientId"/],
    [{ staffDesk: { clientId: '' } }, /staffDesk.clientId must not be empty/],
    [{ staffDesk: CLIENT }, /staffDesk must be true with the service's own user pool/],
    [
      { staffDesk: true, tokens: { issuer: ISSUER.jwtIssuer, audience: ['shop'] } },
      /staffDesk must be \{"clientId": "…"\} with an issuer of your own/,
    ],
    [{ staffDeskDomain: { name: 'desk.shop.example' } }, /there is not without staffDesk/],
  ])('a desk without a usable sign-in is refused: %j', (given, rule) => {
    expect(() => settingsOf(given, 'Shop/Refunds')).toThrow(rule);
  });

  it('the desk’s settings are accepted as text from -c', () => {
    const { staffDesk } = settingsOf(
      { staffDesk: '{"clientId":"desk"}', tokens: { issuer: ISSUER.jwtIssuer, audience: ['shop'] } },
      'Shop',
    );
    expect(staffDesk).toEqual({ clientId: 'desk' });
    expect(settingsOf({ staffDesk: 'true' }, 'Shop').staffDesk).toBe(true);
  });
});
