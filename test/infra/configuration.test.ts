import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ConfigurationFaults, settingsOf } from '../../lib/stack/configuration.ts';
import { RefundService } from '../../lib/stack/refund-service.ts';
import type { Settings } from '../../lib/stack/settings.ts';
import { cdkJson, stackWith } from './support.ts';

const SECRET = 'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:iamport-AbCdEf';

describe('a wrong setting', () => {
  it.each([
    [{ allowedOrigins: ['*'] }, /allowedOrigins must name origins/],
    [
      { allowedOrigins: ['https://*'] },
      /allowedOrigins must be exact https origins .*; "https:\/\/\*" is none/,
    ],
    [{ allowedOrigins: ['https://*.shop.example'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['https://shop.example/'] }, /no slash at the end/],
    [{ allowedOrigins: ['https://shop.example/refunds'] }, /no path/],
    [{ allowedOrigins: ['https://Shop.example'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['https://shop.example:443'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['http://shop.example'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['https://shop.example', 'null'] }, /"null" is none/],
    [{ iamportApiUrl: 'http://api.iamport.kr' }, /iamportApiUrl must be an https address/],
    [{ iamportApiUrl: 'ftp://api.iamport.kr' }, /iamportApiUrl/],
    [{ iamportApiUrl: 'http://localhost.attacker.example' }, /iamportApiUrl/],
    [{ iamportApiUrl: 'https://key:secret@api.iamport.kr' }, /iamportApiUrl/],
    [{ iamportApiUrl: 'https://:secret@api.iamport.kr' }, /iamportApiUrl/],
    [{ iamportApiUrl: '' }, /iamportApiUrl/],
    [{ quietPeriodSeconds: 5 }, /quietPeriodSeconds must be whole seconds, at least 60/],
    [{ quietPeriodSeconds: -180 }, /quietPeriodSeconds/],
    [{ quietPeriodSeconds: 90.5 }, /quietPeriodSeconds/],
    [{ quietPeriodSeconds: '' }, /quietPeriodSeconds/],
    [{ quietPeriodSeconds: 'soon' }, /quietPeriodSeconds/],
    [{ quietPeriodSeconds: Number.NaN }, /quietPeriodSeconds/],
    [{ openRefundShards: 0 }, /openRefundShards must be a whole number/],
    [{ webhookSourceAddresses: [] }, /webhookSourceAddresses must name at least one/],
    [{ webhookSourceAddresses: ['52.78.100.300'] }, /webhookSourceAddresses must be IP addresses/],
    [{ pgsThatCancelLater: ['html5 inicis'] }, /pgsThatCancelLater must be i'mport's pg_provider values/],
    [{ pgsThatCancelLater: ['kicc:'] }, /"kicc:" is none/],
    [{ rulesOff: ['card_deadlines'] }, /rulesOff must name rules of PGs .*"card_deadlines" is none/],
    [{ iamportTier: 'abcd' }, /iamportTier must be the three characters/],
    [{ personClaim: 'sub' }, /personClaim must name a claim that holds a person/],
    [{ personClaim: 'full name' }, /personClaim must name a claim/],
    [{ deletionProtection: 'yes' }, /deletionProtection must be true or false/],
    [{ customersMayRefund: 'no' }, /customersMayRefund must be true or false/],
    [{ concurrency: { cancelPayment: 0 } }, /concurrency\.cancelPayment must be a whole number/],
    [{ concurrency: { cancelPayments: 5 } }, /concurrency\.cancelPayments must be one of/],
    [{ throttles: { 'POST /payments/cancel': { rate: -1, burst: 5 } } }, /rate must be a whole number/],
    [
      { throttles: { 'POST /payments/cancel': { rate: 5 } } },
      /throttles\.POST \/payments\/cancel\.burst does not fit: a throttle is \{"rate"/,
    ],
    [{ throttles: { 'POST /payments/cancel': 5 } }, /throttles\.POST \/payments\/cancel does not fit/],
    [
      { throttles: { 'POST /payments/cancel': { rate: 5, burst: 5, bursts: 5 } } },
      /throttles\.POST \/payments\/cancel\.bursts does not fit/,
    ],
    [{ throttles: { 'POST /refunds': { rate: 1, burst: 5 } } }, /must be one of/],
    [{ serviceName: '환불' }, /serviceName must be ASCII/],
    // A $ would begin a variable in the format of the access log.
    [{ serviceName: 'refunds-$stage' }, /serviceName must be ASCII text .* without \$/],
    [{ webAclArn: 'arn:aws:wafv2:ap-northeast-2:111111111111:regional/webacl/a/b' }, /webAclArn must be/],
    [{ signInCallbackUrls: ['http://shop.example'] }, /signInCallbackUrls/],
    [
      { allowedOrigin: ['https://shop.example'] },
      /allowedOrigin is not a setting; did you mean allowedOrigins\?/,
    ],
    [{ quietPeriod: 180 }, /did you mean quietPeriodSeconds\?/],
    [{ whatever: 1 }, /whatever is not a setting$/],
  ])('%j is refused in the context and in the props alike', (given, rule) => {
    expect(() => stackWith(given)).toThrow(rule);
    expect(() => settingsOf(given, 'Shop/Refunds')).toThrow(rule);
  });

  it.each([
    [{ jwtIssuer: 'https://issuer.example' }, /jwtIssuer and jwtAudience belong together/],
    [{ jwtIssuer: 'http://issuer.example', jwtAudience: 'x' }, /jwtIssuer must be an https address/],
    [{ jwtIssuer: 'https://issuer.example', jwtAudience: ',' }, /jwtIssuer and jwtAudience belong together/],
    [
      {
        jwtIssuer: 'https://issuer.example',
        jwtAudience: 'shop',
        signInCallbackUrls: ['https://shop.example'],
      },
      /signInCallbackUrls belongs to the service's own user pool, which there is not with jwtIssuer/,
    ],
    [{ alarmEmail: 'nobody' }, /alarmEmail must be an e-mail address/],
    [{ iamportSecretArn: SECRET.slice(0, -7) }, /iamportSecretArn must be the whole ARN/],
    [
      { iamportSecretKeyArn: 'arn:aws:kms:ap-northeast-2:111111111111:key/1' },
      /iamportSecretArn, which is missing/,
    ],
  ])('%j is refused in the context', (given, rule) => {
    expect(() => stackWith(given)).toThrow(rule);
  });

  it('the construct refuses wrong props before it creates a resource', () => {
    const shop = new Stack(new App(), 'Shop');
    const props = { tokens: { issuer: 'http://issuer.example', audience: [] } };
    expect(() => new RefundService(shop, 'Refunds', props)).toThrow(
      'Shop/Refunds: tokens.issuer must be an https address (http only on the loopback address), without query\n' +
        'Shop/Refunds: tokens.audience must name at least one audience',
    );
    expect(() => settingsOf({ orders: { attributes: { customer_id: 'member_no' } } }, 'Shop')).toThrow(
      'Shop: orders.attributes.customer_id must name attributes of the table by merchantUid, customerId, amount, currency, impUid',
    );
    expect(() => settingsOf({ domain: { name: 'https://refunds.shop.example' } }, 'Shop')).toThrow(
      'Shop: domain.name must be a host name, without https://',
    );
  });
});

describe('settings', () => {
  it('the settings accept several audiences, as the props do', () => {
    const template = Template.fromStack(
      stackWith({ jwtIssuer: 'https://issuer.example', jwtAudience: 'shop, back-office' }),
    );
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Audience: ['shop', 'back-office'] },
    });
  });

  it('settings from `-c`, where all values are text, are equal to those in cdk.json', () => {
    const written: Partial<Settings> = {
      allowedOrigins: ['https://shop.example', 'https://staff.shop.example:8443'],
      quietPeriodSeconds: 300,
      customersMayRefund: false,
      pgsThatCancelLater: ['paypal', 'kicc:wechat'],
      rulesOff: ['card_deadline', 'bank_code'],
      concurrency: { cancelPayment: 20 },
      throttles: { 'POST /webhooks/iamport': { rate: 5, burst: 10 } },
      iamportApiUrl: 'http://127.0.0.1:3000',
    };
    const asText = {
      allowedOrigins: 'https://shop.example, https://staff.shop.example:8443',
      quietPeriodSeconds: '300',
      customersMayRefund: 'false',
      pgsThatCancelLater: 'paypal, kicc:wechat',
      rulesOff: 'card_deadline, bank_code',
      concurrency: '{"cancelPayment":20}',
      throttles: '{"POST /webhooks/iamport":{"rate":"5","burst":10}}',
      iamportApiUrl: 'http://127.0.0.1:3000',
    };
    expect(settingsOf(asText, 'Service')).toEqual(settingsOf(written, 'Service'));
    expect(settingsOf(written, 'Service')).toMatchObject(written);
  });

  it('cdk.json lists all settings with their defaults', () => {
    const { context } = cdkJson();
    const own = Object.fromEntries(Object.entries(context).filter(([key]) => /^\w+$/.test(key)));
    const defaults = settingsOf({}, '');
    const rest = ['jwtIssuer', 'jwtAudience', 'alarmEmail', 'iamportSecretArn', 'iamportSecretKeyArn'];
    expect(own).toEqual({ ...defaults, ...Object.fromEntries(rest.map((key) => [key, ''])) });
  });

  it('all wrong settings are reported at once, one per line', () => {
    const wrong = { quietPeriodSeconds: 1, customersMayRefund: 'yes', allowedOrigin: 'x' };
    expect(() => settingsOf(wrong, 'Service')).toThrow(ConfigurationFaults);
    const faults =
      /^Service: allowedOrigin .*\nService: quietPeriodSeconds .*\nService: customersMayRefund .*$/;
    expect(() => settingsOf(wrong, 'Service')).toThrow(faults);
  });
});

describe('the app', () => {
  it('the app reports wrong settings with one line each, without a stack, and creates nothing', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'refund-service-'));
    const context = JSON.stringify({ ...cdkJson().context, allowedOrigin: 'x', customersMayRefund: 'maybe' });
    const run = spawnSync(process.execPath, ['bin/refund-service.ts'], {
      env: { ...process.env, CDK_OUTDIR: path.join(directory, 'out'), CDK_CONTEXT_JSON: context },
      encoding: 'utf8',
    });
    rmSync(directory, { recursive: true });
    expect(run.stderr.trim().split('\n')).toEqual([
      'cdk.json context: allowedOrigin is not a setting; did you mean allowedOrigins?',
      'cdk.json context: customersMayRefund must be true or false',
    ]);
    expect(run.stdout).toBe('');
    expect(run.status).toBe(1);
  });
});
