import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { RefundService } from '../../lib/stack/refund-service.ts';
import { cdkJson, newApp } from './support.ts';

const TABLES = 'arn:aws:dynamodb:ap-northeast-2:111111111111:table';

/** A shop's own app with its own tables, secret, topic, tokens and domain. */
function shopWithItsOwn(): Template {
  const stack = new Stack(newApp(), 'Shop');
  void new RefundService(stack, 'Refunds', {
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
    tokens: { issuer: 'https://issuer.example', audience: ['shop'] },
    domain: {
      name: 'refunds.shop.example',
      certificate: Certificate.fromCertificateArn(
        stack,
        'Certificate',
        'arn:aws:acm:ap-northeast-2:111111111111:certificate/1',
      ),
    },
  });
  return Template.fromStack(stack);
}

const shop = shopWithItsOwn();

describe('the construct in another app', () => {
  it('the construct uses the given tables, secret, topic, tokens and domain', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Cognito::UserPool'])
      shop.resourceCountIs(type, 0);
    shop.resourceCountIs('AWS::SNS::Topic', 1);
    // Other settings have the defaults of the service's cdk.json.
    const { context } = cdkJson();
    shop.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          [ENVIRONMENT.ordersTable]: 'orders',
          [ENVIRONMENT.ledgerTable]: 'ledger',
          [ENVIRONMENT.apiUrl]: context['iamportApiUrl'],
          [ENVIRONMENT.quietPeriodSeconds]: String(context['quietPeriodSeconds']),
          [ENVIRONMENT.webhookSourceAddresses]: String(context['webhookSourceAddresses']),
        },
      },
    });
    shop.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'refunds.shop.example' });
    shop.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
    shop.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['shop'] },
    });
  });
});

describe('a region of another partition', () => {
  it.each(['cn-north-1', 'us-gov-west-1'])(
    'the region %s of another partition is refused at synthesis',
    (region) => {
      const stack = new Stack(newApp(), 'Shop', { env: { account: '111111111111', region } });
      expect(() => new RefundService(stack, 'Refunds')).toThrow(
        `Shop/Refunds: region ${region} is of the partition aws-`,
      );
    },
  );
});
