import { spawnSync } from 'node:child_process';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { commandNamed, givenTo } from '../../lib/cli/arguments.ts';
import { COMMANDS } from '../../lib/cli/refunds.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { SIGN_IN_ADDRESSES } from '../../lib/stack/sign-in-addresses.ts';
import { readPaper, refundsCommandsIn } from '../support/papers.ts';
import { wordsOf } from '../unit/cli/command-line.ts';
import { checkedTemplate, resources, stackWith } from './support.ts';

const ACL = 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/shop/1234abcd-12ab-34cd-56ef-1234567890ab';

const template = checkedTemplate();
const guarded = checkedTemplate({
  webAclArn: ACL,
  allowedOrigins: ['https://shop.example', 'https://staff.shop.example'],
  throttles: { 'POST /webhooks/iamport': { rate: 5, burst: 10 } },
  concurrency: { resolveRefunds: 1 },
});

/** The outputs as text, with a placeholder for values known only after the deployment. */
function outputs(from: Template): Readonly<Record<string, string>> {
  const found = v.parse(v.record(v.string(), v.object({ Value: v.unknown() })), from.findOutputs('*'));
  return Object.fromEntries(Object.entries(found).map(([name, { Value }]) => [name, JSON.stringify(Value)]));
}

describe('a member of staff', () => {
  it('staff sign in at the pool’s page, and the browser gets a token by the code flow without a secret', () => {
    template.hasResourceProperties('AWS::Cognito::UserPoolDomain', { ManagedLoginVersion: 2 });
    template.hasResourceProperties('AWS::Cognito::ManagedLoginBranding', { UseCognitoProvidedValues: true });
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
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
    template.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName: 'refund-staff' });
  });

  it('sign-in may return to refunds sign-in and to the configured pages', () => {
    const told = readPaper('lib/stack/DEPLOY.md');
    expect(SIGN_IN_ADDRESSES.filter((address) => !told.includes(`\`${address}\``))).toEqual([]);
    const named = Template.fromStack(
      stackWith({ signInCallbackUrls: 'https://shop.example/staff,http://localhost:8080/' }),
    );
    named.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: ['https://shop.example/staff', 'http://localhost:8080/', ...SIGN_IN_ADDRESSES],
    });
  });

  it('staff need a second factor, and sign-in attempts are limited', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      MfaConfiguration: 'ON',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
  });

  it('the outputs show where to sign in and how to create the first member of staff', () => {
    const { CreateFirstStaffCommand, StaffIssuer } = outputs(template);
    const [name = '', ...words] = refundsCommandsIn(commandOf('SignInCommand')).flatMap(wordsOf);
    const given = givenTo(commandNamed(name, COMMANDS), words);
    expect(['api', 'issuer', 'client-id'].map((option) => given.text(option))).toEqual([
      'NAME',
      'https://cognito-idp.NAME.amazonaws.com/NAME',
      'NAME',
    ]);
    // By default Cognito sends the first password by SMS, but no number is given.
    expect(CreateFirstStaffCommand).toContain('admin-create-user');
    expect(CreateFirstStaffCommand).toContain('--desired-delivery-mediums EMAIL');
    expect(CreateFirstStaffCommand).toContain('admin-add-user-to-group');
    expect(CreateFirstStaffCommand).toContain('--group-name refund-staff');
    expect(StaffIssuer).toContain('cognito-idp');
  });

  it('the stack has no user pool when the shop has its own issuer', () => {
    const own = Template.fromStack(stackWith({ jwtIssuer: 'https://issuer.example', jwtAudience: 'shop' }));
    for (const type of ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'ManagedLoginBranding'])
      own.resourceCountIs(`AWS::Cognito::${type}`, 0);
    expect(Object.keys(outputs(own)).filter((name) => /Staff|Pool/.test(name))).toEqual([]);
  });
});

const Joined = v.object({ 'Fn::Join': v.tuple([v.literal(''), v.array(v.unknown())]) });

/** A command from the outputs, with NAME for values known only after the deployment. */
function commandOf(output: string): string {
  const { [output]: found } = template.findOutputs(output);
  const [, parts] = v.parse(Joined, found?.['Value'])['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'NAME')).join('');
}

describe('the outputs for the person on call', () => {
  it("the outputs contain every name that the runbook's commands use", () => {
    const all = outputs(template);
    expect(Object.keys(all).toSorted()).toEqual([
      'AccessLogName',
      'AlarmTopicArn',
      'ApiUrl',
      'CreateFirstStaffCommand',
      'DashboardName',
      'EventBusName',
      'EventFailuresQueueUrl',
      'EventsFunction',
      'FailuresQueueUrl',
      'FillSecretCommand',
      'FunctionNames',
      'LedgerTableName',
      'LogGroupNames',
      'OrdersTableName',
      'ProtectCommand',
      'QuietPeriodSeconds',
      'ReconciliationFunction',
      'ResolverFunction',
      'SecretArn',
      'ServiceName',
      'SignInCommand',
      'StaffIssuer',
      'UserPoolClientId',
      'UserPoolId',
      'WebhookUrl',
    ]);
    expect(all['ResolverFunction']).toMatch(/ResolveRefundsFunction.*:live/);
    expect(all['ReconciliationFunction']).toMatch(/ReconcilePaymentsFunction.*:live/);
    // Without eventsUrl there is no forwarding.
    const functions = FUNCTION_NAMES.filter((name) => name !== 'forwardEvents');
    for (const names of ['FunctionNames', 'LogGroupNames'])
      expect(all[names]?.match(/"Ref"/g)).toHaveLength(functions.length);
    expect(JSON.parse(all['QuietPeriodSeconds'] ?? '')).toBe('180');
  });

  it('FillSecretCommand stores the typed values and refuses empty ones', () => {
    const script = `aws() { printf '%s\\n' "$@" >&2; }; ${commandOf('FillSecretCommand')}`;
    const run = (input: string) => spawnSync('sh', ['-c', script], { input, encoding: 'utf8' });
    const words = run('key-1\nsecret-1\n').stderr.trim().split('\n');
    expect(words.slice(0, 4)).toEqual(['secretsmanager', 'put-secret-value', '--secret-id', 'NAME']);
    expect(JSON.parse(words.at(-1) ?? '')).toEqual({ imp_key: 'key-1', imp_secret: 'secret-1' });
    for (const nothing of ['\n', 'key-1\n\n']) expect(run(nothing)).toMatchObject({ status: 1, stderr: '' });
  });
});

describe('limits on requests', () => {
  it('there is no web ACL by default, because an HTTP API cannot have one', () => {
    template.resourceCountIs('AWS::CloudFront::Distribution', 0);
  });

  it('a given web ACL is attached to a distribution that caches nothing and forwards all headers', () => {
    guarded.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        WebACLId: ACL,
        DefaultCacheBehavior: {
          ViewerProtocolPolicy: 'https-only',
          // The managed policies CachingDisabled and AllViewerExceptHostHeader.
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        },
      },
    });
    expect(outputs(guarded)['FrontDoorUrl']).toContain('https://');
    // Behind CloudFront every caller has CloudFront's address, so i'mport uses the API's own address.
    expect(outputs(guarded)['WebhookUrl']).not.toContain('FrontDoor');
  });

  it('every route has throttles that the deployer can change', () => {
    const [stage] = resources(guarded, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.properties['RouteSettings']).toMatchObject({
      'POST /webhooks/iamport': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
      'POST /payments/cancel': { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 500 },
    });
  });

  it('concurrency is reserved only where the deployer sets it', () => {
    for (const { id, properties } of resources(template, 'AWS::Lambda::Function'))
      expect(properties['ReservedConcurrentExecutions'], id).toBeUndefined();
    const reserved = resources(guarded, 'AWS::Lambda::Function').filter(
      ({ properties }) => properties['ReservedConcurrentExecutions'] === 1,
    );
    expect(reserved.map(({ id }) => id.slice(0, -8))).toEqual(['ServiceResolveRefundsFunction']);
  });
});
