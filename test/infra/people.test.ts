import { spawnSync } from 'node:child_process';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { commandNamed, givenTo } from '../../lib/cli/arguments.ts';
import { COMMANDS } from '../../lib/cli/refunds.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { SIGN_IN_ADDRESSES } from '../../lib/stack/sign-in-addresses.ts';
import { readPaper, refundsCommandsIn } from '../support/papers.ts';
import { wordsOf } from '../unit/cli/command-line.ts';
import { allowedBy, checkedTemplate, filesOf, only, roleOf } from './support.ts';

const ACL = 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/shop/1234abcd-12ab-34cd-56ef-1234567890ab';
const SECRET = 'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:iamport-AbCdEf';
const SECRET_KEY = 'arn:aws:kms:ap-northeast-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/**
 * These three have every kind of resource. The synthesis is itself a test: no circular dependency, no finding of CloudFormation's
 * rules and of the packs AwsSolutions and Serverless.
 */
const plain = checkedTemplate();
const ownPool = checkedTemplate({
  eventsUrl: 'https://shop.example/events',
  staffDesk: true,
  allowedOrigins: ['https://shop.example'],
  signInCallbackUrls: 'https://shop.example/staff,http://localhost:8080/',
});
const otherIssuer = checkedTemplate({
  jwtIssuer: 'https://issuer.example/shop',
  jwtAudience: 'shop, back-office',
  staffDesk: { clientId: 'desk', scope: 'openid payments/cancel.any', audience: 'shop' },
  webAclArn: ACL,
  iamportSecretArn: SECRET,
  iamportSecretKeyArn: SECRET_KEY,
});

const Joined = v.object({ 'Fn::Join': v.tuple([v.literal(''), v.array(v.unknown())]) });

/** The outputs, with NAME for values known only after the deployment. */
function outputs(template: Template): Readonly<Record<string, string>> {
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    return v.is(Joined, value) ? value['Fn::Join'][1].map(textOf).join('') : 'NAME';
  };
  const found = Object.entries(template.findOutputs('*'));
  return Object.fromEntries(found.map(([name, output]) => [name, textOf(output['Value'])]));
}

/** The desk's origin as a CloudFormation expression. */
function originIn(template: Template, rest = '') {
  const domain = {
    'Fn::GetAtt': [only(template, 'CloudFront::Distribution', 'Desk').id, 'DomainName'],
  };
  return { 'Fn::Join': ['', ['https://', domain, ...(rest === '' ? [] : [rest])]] };
}

describe('a member of staff', () => {
  it('staff sign in at the pool’s page, and the browser gets a token by the code flow without a secret', () => {
    plain.hasResourceProperties('AWS::Cognito::UserPoolDomain', { ManagedLoginVersion: 2 });
    plain.hasResourceProperties('AWS::Cognito::ManagedLoginBranding', { UseCognitoProvidedValues: true });
    plain.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      AllowedOAuthFlowsUserPoolClient: true,
      // Our own scope would make everybody who signs in a member of staff.
      AllowedOAuthScopes: ['openid'],
      CallbackURLs: SIGN_IN_ADDRESSES,
      GenerateSecret: false,
      PreventUserExistenceErrors: 'ENABLED',
      AccessTokenValidity: 30,
      IdTokenValidity: 30,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
    });
    plain.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'refund-staff' });
    const told = readPaper('lib/stack/DEPLOY.md');
    expect(SIGN_IN_ADDRESSES.filter((address) => !told.includes(`\`${address}\``))).toEqual([]);
  });

  it('sign-in may return to the configured pages and to the desk', () => {
    const pages = ['https://shop.example/staff', 'http://localhost:8080/', originIn(ownPool, '/')];
    ownPool.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: [...pages, ...SIGN_IN_ADDRESSES],
      LogoutURLs: Match.arrayWith([originIn(ownPool, '/')]),
    });
  });

  it('staff need a second factor, and sign-in attempts are limited', () => {
    plain.hasResourceProperties('AWS::Cognito::UserPool', {
      MfaConfiguration: 'ON',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
  });

  it('with the shop’s own issuer the stack has no user pool and accepts the tokens of each audience', () => {
    for (const type of ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'ManagedLoginBranding'])
      otherIssuer.resourceCountIs(`AWS::Cognito::${type}`, 0);
    expect(Object.keys(outputs(otherIssuer)).filter((name) => /Pool|StaffIssuer/.test(name))).toEqual([]);
    expect(only(otherIssuer, 'ApiGatewayV2::Authorizer').properties['JwtConfiguration']).toEqual({
      Issuer: 'https://issuer.example/shop',
      Audience: ['shop', 'back-office'],
    });
  });
});

describe('the outputs', () => {
  it('the outputs name the functions by their alias, every log group, and the quiet period', () => {
    const all = outputs(plain);
    for (const name of ['ResolverFunction', 'ReconciliationFunction', 'EventsFunction'])
      expect(all[name]).toBe('NAME:live');
    // Without eventsUrl there is no forwarding.
    const names = FUNCTION_NAMES.filter((name) => name !== 'forwardEvents').map(() => 'NAME');
    for (const name of ['FunctionNames', 'LogGroupNames']) expect(all[name]).toBe(names.join(' '));
    expect(all['QuietPeriodSeconds']).toBe('180');
  });

  it('the outputs show where to sign in, how to create the first member of staff, and how to protect the tables', () => {
    const { SignInCommand = '', CreateFirstStaffCommand, StaffIssuer, ProtectCommand } = outputs(plain);
    const [name = '', ...words] = refundsCommandsIn(SignInCommand).flatMap(wordsOf);
    const given = givenTo(commandNamed(name, COMMANDS), words);
    const asked = ['api', 'issuer', 'client-id'].map((option) => given.text(option));
    expect(asked).toEqual(['NAME', StaffIssuer, 'NAME']);
    expect(StaffIssuer).toBe('https://cognito-idp.NAME.amazonaws.com/NAME');
    // By default Cognito sends the first password by SMS, but no number is given.
    expect(CreateFirstStaffCommand).toMatch(
      /admin-create-user .*--desired-delivery-mediums EMAIL && .*admin-add-user-to-group .*--group-name refund-staff$/,
    );
    const protect = 'aws dynamodb update-table --table-name NAME --deletion-protection-enabled';
    expect(ProtectCommand).toBe(`${protect} && ${protect}`);
  });

  it('FillSecretCommand stores the typed values and refuses empty ones', () => {
    const script = `aws() { printf '%s\\n' "$@" >&2; }; ${outputs(plain)['FillSecretCommand']}`;
    const run = (input: string) => spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
    const words = run('key-1\nsecret-1\n').stderr.trim().split('\n');
    expect(words.slice(0, 4)).toEqual(['secretsmanager', 'put-secret-value', '--secret-id', 'NAME']);
    expect(JSON.parse(words.at(-1) ?? '')).toEqual({ imp_key: 'key-1', imp_secret: 'secret-1' });
    for (const nothing of ['\n', 'key-1\n\n']) expect(run(nothing)).toMatchObject({ status: 1, stderr: '' });
  });

  it('an existing secret, and its key, can be read by every function that calls i’mport', () => {
    otherIssuer.resourceCountIs('AWS::SecretsManager::Secret', 0);
    otherIssuer.resourceCountIs('AWS::KMS::Key', 1);
    for (const name of FUNCTION_NAMES.filter((each) => each !== 'forwardEvents')) {
      const own = JSON.stringify(allowedBy(otherIssuer, roleOf(name)));
      // These functions only read the ledger or publish from it.
      const asksNobody = ['listRefunds', 'getReconciliation', 'acknowledgeFinding', 'publishRefunds'];
      for (const arn of [SECRET, SECRET_KEY])
        expect(own.includes(arn), name).toBe(!asksNobody.includes(name));
    }
  });
});

describe('a web ACL', () => {
  it('a web ACL is attached to a distribution that caches nothing and forwards all headers', () => {
    const door = only(otherIssuer, 'CloudFront::Distribution', 'FrontDoor');
    expect(door.properties['DistributionConfig']).toMatchObject({
      WebACLId: ACL,
      DefaultCacheBehavior: {
        ViewerProtocolPolicy: 'https-only',
        // The managed policies CachingDisabled and AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      },
    });
    const [api] = Object.values(otherIssuer.findOutputs('FrontDoorUrl'));
    expect(JSON.stringify(api)).toContain(door.id);
    // Behind CloudFront every caller has CloudFront's address, so i'mport uses the API's own address.
    const [webhook] = Object.values(otherIssuer.findOutputs('WebhookUrl'));
    expect(JSON.stringify(webhook)).not.toContain('FrontDoor');
    otherIssuer.allResourcesProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { WebACLId: ACL },
    });
  });
});

const Deployment = v.object({
  SourceObjectKeys: v.array(v.string()),
  SourceMarkers: v.array(v.record(v.string(), v.unknown())),
});

/** The deployed files of the desk, with CloudFormation expressions for names known only at deployment. */
function deployedFiles(template: Template): ReadonlyMap<string, string> {
  const { SourceObjectKeys, SourceMarkers } = v.parse(
    Deployment,
    Object.values(template.findResources('Custom::CDKBucketDeployment'))[0]?.['Properties'],
  );
  const filled = (text: string, index: number) =>
    Object.entries(SourceMarkers[index] ?? {}).reduce(
      (so, [marker, value]) => so.replaceAll(marker, JSON.stringify(value)),
      text,
    );
  return new Map(
    SourceObjectKeys.flatMap((key, index) =>
      [...filesOf(key)].map(([name, text]) => [name, filled(text, index)] as const),
    ),
  );
}

describe('the staff desk', () => {
  it('with the defaults there is no desk and no distribution', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::CloudFront::Distribution', 'Custom::CDKBucketDeployment'])
      plain.resourceCountIs(type, 0);
    expect(ownPool.findOutputs('StaffDeskUrl')['StaffDeskUrl']?.['Value']).toEqual(originIn(ownPool, '/'));
  });

  it('only the distribution can read the desk’s bucket, over TLS', () => {
    const blocked = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
    ownPool.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: Object.fromEntries(blocked.map((each) => [each, true])),
    });
    const arn = {
      'Fn::Join': [
        '',
        expect.arrayContaining([{ Ref: only(ownPool, 'CloudFront::Distribution').id }]) as unknown,
      ],
    };
    expect(only(ownPool, 'S3::BucketPolicy').properties['PolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: { StringEquals: { 'AWS:SourceArn': arn } },
        },
      ],
    });
    ownPool.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
    });
  });

  it('the desk has security headers: no frames, TLS only, no content sniffing, no referrer', () => {
    const policy = only(ownPool, 'CloudFront::ResponseHeadersPolicy');
    expect(policy.properties).toMatchObject({
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
    expect(only(ownPool, 'CloudFront::Distribution').properties['DistributionConfig']).toMatchObject({
      DefaultRootObject: 'index.html',
      DefaultCacheBehavior: {
        ViewerProtocolPolicy: 'redirect-to-https',
        ResponseHeadersPolicyId: { Ref: policy.id },
      },
    });
  });

  it('CORS allows the desk besides the configured pages', () => {
    const allowed = (template: Template, AllowOrigins: readonly unknown[]) =>
      template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: { AllowOrigins } });
    allowed(ownPool, ['https://shop.example', originIn(ownPool)]);
    allowed(otherIssuer, [originIn(otherIssuer)]);
  });

  it('with the stack’s user pool the desk may connect only to the API, the issuer and the sign-in page', () => {
    const files = deployedFiles(ownPool);
    expect([...files.keys()].toSorted()).toEqual(['desk.css', 'desk.js', 'desk.json', 'index.html']);
    const ref = (type: string) => JSON.stringify({ Ref: only(ownPool, `Cognito::${type}`).id });
    const api = JSON.stringify({ 'Fn::GetAtt': [only(ownPool, 'ApiGatewayV2::Api').id, 'ApiEndpoint'] });
    const region = JSON.stringify({ Ref: 'AWS::Region' });
    const issuer = `https://cognito-idp.${region}.amazonaws.com`;
    expect(files.get('index.html')).toContain(
      ` connect-src 'self' ${api} ${issuer} https://${ref('UserPoolDomain')}.auth.${region}.amazoncognito.com;`,
    );
    expect(files.get('desk.json')).toBe(
      `{"api":"${api}","issuer":"${issuer}/${ref('UserPool')}","client_id":"${ref('UserPoolClient')}","scope":"openid"}`,
    );
  });

  it("with the shop's own issuer the desk signs in as the given client, and calls the API through the web ACL", () => {
    const files = deployedFiles(otherIssuer);
    const door = only(otherIssuer, 'CloudFront::Distribution', 'FrontDoor').id;
    const api = `https://${JSON.stringify({ 'Fn::GetAtt': [door, 'DomainName'] })}`;
    expect(files.get('index.html')).toContain(` connect-src 'self' ${api} https://issuer.example;`);
    expect(files.get('desk.json')).toBe(
      `{"api":"${api}","issuer":"https://issuer.example/shop","client_id":"desk","scope":"openid payments/cancel.any","audience":"shop"}`,
    );
  });
});
