import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AttributeType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { RefundService, type RefundServiceProps } from '../../lib/stack/refund-service.ts';
import { allowedBy, cdkContext, newApp, only, resources } from './support.ts';

type PropsOf = (stack: Stack) => RefundServiceProps;

/** A shop's own app, with a checkout that may write orders. */
function shopWith(propsOf: PropsOf = () => ({})): Template {
  const stack = new Stack(newApp(), 'Shop');
  const checkout = new Role(stack, 'Checkout', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  new RefundService(stack, 'Refunds', propsOf(stack)).grantCheckout(checkout).assertSuccess();
  return Template.fromStack(stack);
}

const { STRING: S, NUMBER: N } = AttributeType;
const TABLES = 'arn:aws:dynamodb:ap-northeast-2:111111111111:table';
const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/1';
const certificate = (stack: Stack) => Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE);
const ordersTable = (stack: Stack, props: ConstructorParameters<typeof Table>[2]) => ({
  table: new Table(stack, 'OrdersOfTheShop', props),
});

const shop = shopWith();

describe("a shop's checkout", () => {
  it('a shop’s checkout may read and write single orders, and nothing else', () => {
    const granted = allowedBy(shop, 'CheckoutDefaultPolicy');
    expect(granted.map(({ actions }) => actions)).toEqual([
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    ]);
    expect(granted[0]?.resource).toMatch(/RefundsOrders[0-9A-F]{8}/);
  });

  it('checkout and functions may use the key of the shop’s orders only through DynamoDB, the functions to read', () => {
    const own = shopWith((stack) => ({
      orders: {
        ...ordersTable(stack, {
          partitionKey: { name: 'order_no', type: S },
          encryption: TableEncryption.CUSTOMER_MANAGED,
        }),
        attributes: { merchantUid: 'order_no', customerId: 'member_no' },
      },
    }));
    const [table, key] = allowedBy(own, 'CheckoutDefaultPolicy');
    expect(table?.resource).toContain('OrdersOfTheShop');
    expect(key?.resource).toContain('OrdersOfTheShopKey');
    expect(key?.condition).toEqual({ StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } });
    const reading = allowedBy(own, 'RefundsCancelPaymentRole').filter(({ resource }) =>
      resource.includes('OrdersOfTheShopKey'),
    );
    expect(reading.map(({ actions }) => actions)).toEqual([['kms:Decrypt', 'kms:DescribeKey']]);
    expect(resources(own, 'DynamoDB::Table')).toHaveLength(2);
    expect(only(own, 'Lambda::Function', 'CancelPayment').properties['Environment']).toMatchObject({
      Variables: {
        ORDERS_TABLE_NAME: { Ref: only(own, 'DynamoDB::Table', 'OrdersOfTheShop').id },
        ORDERS_ATTRIBUTES: '{"merchantUid":"order_no","customerId":"member_no"}',
      },
    });
  });
});

describe('the ledger', () => {
  it('only the functions’ roles may access the ledger', () => {
    const reaching = resources(shop, 'IAM::Policy')
      .filter(({ properties }) => /RefundsLedger/.test(JSON.stringify(properties)))
      .map(({ id }) => /^Refunds(\w+)RoleDefaultPolicy/.exec(id)?.[1]?.toLowerCase() ?? id);
    // forwardEvents reads a queue, and exists only with eventsUrl.
    const doors = FUNCTION_NAMES.filter((name) => name !== 'forwardEvents');
    expect(reaching.toSorted()).toEqual(doors.map((name) => name.toLowerCase()).toSorted());
    for (const { properties } of resources(shop, 'DynamoDB::Table'))
      expect(properties).not.toHaveProperty('ResourcePolicy');
  });
});

describe('the construct in another app', () => {
  it('the construct uses the given tables, secret, topic, bus, tokens and domains', () => {
    const own = shopWith((stack) => ({
      orders: { table: Table.fromTableArn(stack, 'orders', `${TABLES}/orders`) },
      ledger: Table.fromTableAttributes(stack, 'ledger', {
        tableArn: `${TABLES}/ledger`,
        tableStreamArn: `${TABLES}/ledger/stream/2026-11-25T12:00:00.000`,
      }),
      iamportSecret: Secret.fromSecretCompleteArn(
        stack,
        'Secret',
        'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:iamport-AbCdEf',
      ),
      alarmTopic: new Topic(stack, 'Topic'),
      eventBus: new EventBus(stack, 'Bus'),
      eventsUrl: 'https://shop.example/events',
      tokens: { issuer: 'https://issuer.example', audience: ['shop'] },
      domain: { name: 'refunds.shop.example', certificate: certificate(stack) },
    }));
    for (const type of ['DynamoDB::Table', 'SecretsManager::Secret', 'Cognito::UserPool'])
      expect(resources(own, type, 'Refunds').filter(({ id }) => !id.includes('Events'))).toEqual([]);
    expect(only(own, 'SNS::Topic').id).toMatch(/^Topic/);
    const bus = { Ref: only(own, 'Events::EventBus').id };
    expect(only(own, 'Events::Rule').properties).toMatchObject({ EventBusName: bus });
    expect(JSON.stringify(allowedBy(own, 'RefundsPublishRefundsRole'))).toContain(bus.Ref);
    // Other settings have the defaults of the service's cdk.json.
    const context = cdkContext();
    expect(only(own, 'Lambda::Function', 'ReceiveWebhook').properties['Environment']).toMatchObject({
      Variables: {
        ORDERS_TABLE_NAME: 'orders',
        LEDGER_TABLE_NAME: 'ledger',
        IAMPORT_API_URL: context['iamportApiUrl'],
        QUIET_PERIOD_SECONDS: String(context['quietPeriodSeconds']),
        WEBHOOK_SOURCE_ADDRESSES: String(context['webhookSourceAddresses']),
      },
    });
    expect(only(own, 'ApiGatewayV2::DomainName').properties['DomainName']).toBe('refunds.shop.example');
    expect(resources(own, 'ApiGatewayV2::ApiMapping')).toHaveLength(1);
    expect(only(own, 'ApiGatewayV2::Authorizer').properties['JwtConfiguration']).toMatchObject({
      Issuer: 'https://issuer.example',
    });
  });

  it('a desk with its own domain uses it for itself, in CORS and in redirects', () => {
    const own = shopWith((stack) => ({
      staffDesk: true,
      staffDeskDomain: { name: 'desk.shop.example', certificate: certificate(stack) },
    }));
    own.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['desk.shop.example'],
        ViewerCertificate: { AcmCertificateArn: CERTIFICATE },
      },
    });
    own.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: { AllowOrigins: ['https://desk.shop.example'] },
    });
    own.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      CallbackURLs: Match.arrayWith(['https://desk.shop.example/']),
    });
  });

  const keyed = (name: string, type = S) => ({ partitionKey: { name, type } });
  const orders = (props: ConstructorParameters<typeof Table>[2]) => (stack: Stack) => ({
    orders: ordersTable(stack, props),
  });
  const refused: readonly (readonly [what: string, props: PropsOf, reason: RegExp])[] = [
    ['orders with another key', orders(keyed('id')), /the keys merchant_uid HASH S; it has id HASH S$/],
    ['orders with a number as key', orders(keyed('merchant_uid', N)), /it has merchant_uid HASH N$/],
    [
      'orders with a sort key',
      orders({ ...keyed('merchant_uid'), sortKey: { name: 'imp_uid', type: S } }),
      /orders\.table must have .*, imp_uid RANGE S$/,
    ],
    [
      'orders with another key, in every region',
      (stack) => ({ orders: { table: new TableV2(stack, 'OrdersOfTheShop', keyed('id')) } }),
      /it has id HASH S$/,
    ],
    [
      'a ledger with other keys and no stream',
      (stack) => ({ ledger: new Table(stack, 'Restored', keyed('merchant_uid')) }),
      /^Shop\/Refunds: ledger must .*stream.*\n.*the keys pk HASH S, sk RANGE S; it has merchant_uid HASH S$/,
    ],
  ];
  it.each(refused)('%s: refused at synthesis, with the reason', (_what, propsOf, reason) => {
    expect(() => shopWith(propsOf)).toThrow(reason);
  });

  it.each(['cn-north-1', 'us-gov-west-1'])('the region %s of another partition is refused', (region) => {
    const stack = new Stack(newApp(), 'Shop', { env: { account: '111111111111', region } });
    expect(() => new RefundService(stack, 'Refunds')).toThrow(
      `Shop/Refunds: region ${region} is of the partition aws-`,
    );
  });
});
