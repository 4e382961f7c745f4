import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readConfiguration, settingsOf } from '../../lib/stack/configuration.ts';
import { RefundService } from '../../lib/stack/refund-service.ts';
import { cdkContext, newApp } from './support.ts';

const SECRET = 'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:iamport-AbCdEf';
const ISSUER = { jwtIssuer: 'https://issuer.example', jwtAudience: 'shop' };
const TOKENS = { issuer: 'https://issuer.example', audience: ['shop'] };
const DESK = { clientId: 'desk' };

const inContext = (given: object) => readConfiguration(newApp({ ...cdkContext(), ...given }).node);
const inProps = (given: object) => settingsOf(given, 'Shop/Refunds');

describe('a wrong setting', () => {
  it.each([
    [{ allowedOrigins: ['*'] }, /allowedOrigins must name origins/],
    [{ allowedOrigins: ['https://*.shop.example'] }, /must be exact https origins .*shop.example" is none/],
    [{ allowedOrigins: ['https://shop.example/'] }, /no slash at the end/],
    [{ allowedOrigins: ['https://Shop.example'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['http://shop.example'] }, /allowedOrigins must be exact/],
    [{ allowedOrigins: ['https://shop.example', 'null'] }, /"null" is none/],
    [{ iamportApiUrl: 'http://localhost.attacker.example' }, /iamportApiUrl must be an https address/],
    [{ iamportApiUrl: 'https://:secret@api.iamport.kr' }, /iamportApiUrl/],
    [{ iamportApiUrl: '' }, /iamportApiUrl/],
    [{ quietPeriodSeconds: 5 }, /quietPeriodSeconds must be whole seconds, at least 60/],
    [{ quietPeriodSeconds: 90.5 }, /quietPeriodSeconds/],
    [{ quietPeriodSeconds: '' }, /quietPeriodSeconds/],
    [{ webhookSourceAddresses: [] }, /webhookSourceAddresses must name at least one/],
    [{ webhookSourceAddresses: ['52.78.100.300'] }, /webhookSourceAddresses must be IP addresses/],
    [{ pgsThatCancelLater: ['html5 inicis'] }, /pgsThatCancelLater must be i'mport's pg_provider values/],
    [{ pgsThatCancelLater: ['kicc:'] }, /"kicc:" is none/],
    [{ rulesOff: ['card_deadlines'] }, /rulesOff must name rules of PGs .*"card_deadlines" is none/],
    [{ iamportTier: 'abcd' }, /iamportTier must be the three characters/],
    [{ personClaim: 'sub' }, /personClaim must name a claim that holds a person/],
    [{ personClaim: 'full name' }, /personClaim must name a claim/],
    [{ deletionProtection: 'yes' }, /deletionProtection must be true or false/],
    [{ concurrency: { cancelPayment: 0 } }, /concurrency\.cancelPayment must be a whole number/],
    [{ concurrency: { cancelPayments: 5 } }, /concurrency\.cancelPayments must be one of/],
    [{ throttles: { 'POST /payments/cancel': { rate: -1, burst: 5 } } }, /rate must be a whole number/],
    [
      { throttles: { 'POST /payments/cancel': { rate: 5 } } },
      /throttles\.POST \/payments\/cancel\.burst does not fit: a throttle is \{"rate"/,
    ],
    [{ throttles: { 'POST /payments/cancel': 5 } }, /throttles\.POST \/payments\/cancel does not fit/],
    [{ throttles: { 'POST /refunds': { rate: 1, burst: 5 } } }, /must be one of/],
    [{ serviceName: '환불' }, /serviceName must be ASCII/],
    // A $ would begin a variable in the format of the access log.
    [{ serviceName: 'refunds-$stage' }, /serviceName must be ASCII text .* without \$/],
    [{ webAclArn: 'arn:aws:wafv2:ap-northeast-2:111111111111:regional/webacl/a/b' }, /webAclArn must be/],
    [{ signInCallbackUrls: ['http://shop.example'] }, /signInCallbackUrls/],
    [{ staffDesk: 'yes' }, /staffDesk must be true, false, or \{"clientId"/],
    [{ staffDesk: { clientId: '' } }, /staffDesk.clientId must not be empty/],
    [{ allowedOrigin: [] }, /allowedOrigin is not a setting; did you mean allowedOrigins\?/],
    [{ quietPeriod: 180 }, /did you mean quietPeriodSeconds\?/],
    [{ whatever: 1 }, /whatever is not a setting$/],
  ])('%j is refused in the context and in the props alike', (given, rule) => {
    expect(() => inContext(given)).toThrow(rule);
    expect(() => inProps(given)).toThrow(rule);
  });

  it.each([
    [{ jwtIssuer: 'https://issuer.example' }, /jwtIssuer and jwtAudience belong together/],
    [{ ...ISSUER, jwtAudience: ',' }, /jwtIssuer and jwtAudience belong together/],
    [{ ...ISSUER, jwtIssuer: 'http://issuer.example' }, /jwtIssuer must be an https address/],
    [
      { ...ISSUER, signInCallbackUrls: ['https://shop.example'] },
      /signInCallbackUrls belongs to the service's own user pool, which there is not with jwtIssuer/,
    ],
    [{ alarmEmail: 'nobody' }, /alarmEmail must be an e-mail address/],
    [{ iamportSecretArn: SECRET.slice(0, -7) }, /iamportSecretArn must be the whole ARN/],
    [
      { iamportSecretKeyArn: 'arn:aws:kms:ap-northeast-2:111111111111:key/1' },
      /iamportSecretArn, which is missing/,
    ],
  ])('%j is refused in the context', (given, rule) => {
    expect(() => inContext(given)).toThrow(rule);
  });

  it.each([
    [{ tokens: { ...TOKENS, issuer: 'http://issuer.example' } }, /tokens.issuer must be an https address/],
    [{ tokens: { ...TOKENS, audience: [] } }, /tokens.audience must name at least one audience/],
    [
      { orders: { attributes: { customer_id: 'member_no' } } },
      /orders.attributes.customer_id must name attributes of the table by merchantUid, customerId, amount/,
    ],
    [{ domain: { name: 'https://refunds.shop.example' } }, /domain.name must be a host name, without https:/],
    [{ staffDesk: DESK }, /staffDesk must be true with the service's own user pool/],
    [{ staffDesk: true, tokens: TOKENS }, /staffDesk must be \{"clientId": "…"\} with an issuer of your own/],
    [{ staffDeskDomain: { name: 'desk.shop.example' } }, /there is not without staffDesk/],
  ])('%j is refused in the props', (given, rule) => {
    expect(() => inProps(given)).toThrow(rule);
  });

  it.each(
    [
      'http://shop.example/events shop.example/events https://events https://localhost/events',
      'https://db.internal/events https://0x7f.1/events https://10.1.2.3/events https://172.31.0.1/events',
      'https://192.168.1.1/events https://169.254.169.254/latest/meta-data https://100.64.0.1/events',
      'https://[::1]/events https://[fd00::1]/events https://[fe80::1]/events',
      'https://[::ffff:10.0.0.1]/events https://[64:ff9b::a00:1]/events',
      'https://user:secret@shop.example/events https://shop.example/events#part',
    ].flatMap((line) => line.split(' ')),
  )('eventsUrl %s is refused because it is no public address', (eventsUrl) => {
    expect(() => inProps({ eventsUrl })).toThrow(/^Shop\/Refunds: eventsUrl must be an https address that/);
  });

  it.each(['https://shop.example/events?from=refunds', 'https://8.8.8.8:8443/', 'https://[2606:4700::1]/'])(
    'eventsUrl may be %s',
    (eventsUrl) => expect(inProps({ eventsUrl })).toMatchObject({ eventsUrl }),
  );

  it('the construct refuses wrong props before it creates a resource', () => {
    const shop = new Stack(newApp(), 'Shop');
    const props = { quietPeriodSeconds: 1 };
    expect(() => new RefundService(shop, 'Refunds', props)).toThrow('Shop/Refunds: quietPeriodSeconds');
    expect(shop.node.findAll()).toHaveLength(2);
  });
});

describe('settings', () => {
  it('settings from `-c`, where all values are text, are equal to those in cdk.json', () => {
    const written = {
      allowedOrigins: ['https://shop.example', 'https://staff.shop.example:8443'],
      quietPeriodSeconds: 300,
      customersMayRefund: false,
      pgsThatCancelLater: ['paypal', 'kicc:wechat'],
      rulesOff: ['card_deadline', 'bank_code'],
      concurrency: { cancelPayment: 20 },
      throttles: { 'POST /webhooks/iamport': { rate: 5, burst: 10 } },
      iamportApiUrl: 'http://127.0.0.1:3000',
      staffDesk: DESK,
      tokens: TOKENS,
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
      staffDesk: '{"clientId":"desk"}',
      tokens: TOKENS,
    };
    expect(inProps(asText)).toEqual(inProps(written));
    expect(inProps(written)).toMatchObject(written);
    expect(inProps({ staffDesk: 'true' }).staffDesk).toBe(true);
  });

  it('cdk.json lists all settings with their defaults', () => {
    const own = Object.entries(cdkContext()).filter(([key]) => /^\w+$/.test(key));
    const rest = ['jwtIssuer', 'jwtAudience', 'alarmEmail', 'iamportSecretArn', 'iamportSecretKeyArn'];
    expect(Object.fromEntries(own)).toEqual({
      ...settingsOf({}, ''),
      ...Object.fromEntries(rest.map((key) => [key, ''])),
    });
  });
});

describe('the app', () => {
  it('the app reports all wrong settings with one line each, without a stack, and creates nothing', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'refund-service-'));
    const context = JSON.stringify({ ...cdkContext(), allowedOrigin: 'x', customersMayRefund: 'maybe' });
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
