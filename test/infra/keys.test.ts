import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { checkedTemplate, resources, stackWith } from './support.ts';

const Statement = v.object({
  Action: v.union([v.string(), v.array(v.string())]),
  Principal: v.record(v.string(), v.unknown()),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
});
const KeyPolicy = v.object({ KeyPolicy: v.object({ Statement: v.array(Statement) }) });
const TopicPolicy = v.object({ PolicyDocument: v.object({ Statement: v.array(v.looseObject({})) }) });

const template = checkedTemplate();

/** Logical id of the key that a resource's property names. */
function keyOf(type: string, property: string): string {
  const [resource] = resources(template, type);
  return /Service\w*Key[0-9A-F]{8}/.exec(JSON.stringify(resource?.properties[property]))?.[0] ?? '';
}

describe('a key', () => {
  it('has one purpose: table, secret and topic have one each', () => {
    const keys = [
      keyOf('AWS::DynamoDB::Table', 'SSESpecification'),
      keyOf('AWS::SecretsManager::Secret', 'KmsKeyId'),
      keyOf('AWS::SNS::Topic', 'KmsMasterKeyId'),
    ];
    expect(keys.map((id) => id.slice(0, -8))).toEqual([
      'ServicePaymentsKey',
      'ServiceIamportSecretKey',
      'ServiceAlarmsKey',
    ]);
    expect(resources(template, 'AWS::KMS::Key')).toHaveLength(3);
    for (const { retained, properties } of resources(template, 'AWS::KMS::Key')) {
      expect(retained).toBe(true);
      expect(properties['EnableKeyRotation']).toBe(true);
    }
  });

  it('is open to CloudWatch only for alarms, and only to those of this account', () => {
    const policies = resources(template, 'AWS::KMS::Key').map(({ id, properties }) => ({
      id,
      statements: v.parse(KeyPolicy, properties).KeyPolicy.Statement,
    }));
    const open = policies.flatMap(({ id, statements }) =>
      statements
        .filter(({ Principal }) => Principal['Service'] === 'cloudwatch.amazonaws.com')
        .map((statement) => ({ id, statement })),
    );
    expect(open).toHaveLength(1);
    expect(open[0]?.id).toMatch(/^ServiceAlarmsKey/);
    expect(open[0]?.statement).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': {} },
      },
    });
  });

  it('of the topic goes with a policy under which only the same alarms may publish', () => {
    const [policy] = resources(template, 'AWS::SNS::TopicPolicy');
    const { Statement: statements } = v.parse(TopicPolicy, policy?.properties).PolicyDocument;
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toHaveLength(1);
    expect(allowed[0]).toMatchObject({
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': {} },
      },
    });
    const arn = JSON.stringify(allowed[0]?.['Condition']);
    expect(arn).toMatch(/:cloudwatch:.*:alarm:\*/);
  });
});

describe('an existing secret', () => {
  const iamportSecretArn = 'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:iamport-AbCdEf';
  const iamportSecretKeyArn =
    'arn:aws:kms:ap-northeast-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';

  it('is read by every function, with its key when it has one of its own', () => {
    const given = Template.fromStack(stackWith({ iamportSecretArn, iamportSecretKeyArn }));
    given.resourceCountIs('AWS::SecretsManager::Secret', 0);
    given.resourceCountIs('AWS::KMS::Key', 2);
    const roles = resources(given, 'AWS::IAM::Policy').filter(
      ({ id }) => /^Service\w+RoleDefaultPolicy/.test(id) && !id.includes('Schedules'),
    );
    expect(roles).toHaveLength(6);
    for (const { id, properties } of roles) {
      expect(JSON.stringify(properties), id).toContain(iamportSecretArn);
      expect(JSON.stringify(properties), id).toContain(iamportSecretKeyArn);
    }
  });
});

describe('the access log', () => {
  it('is in a group of vended logs, which no stack before can have left', () => {
    const [group] = resources(template, 'AWS::Logs::LogGroup').filter(({ id }) => id.includes('AccessLog'));
    const name = JSON.stringify(group?.properties['LogGroupName']);
    expect(name).toContain('/aws/vendedlogs/refunds/');
    expect(name).toContain('AWS::StackId');
    expect(group).toMatchObject({ retained: true, properties: { RetentionInDays: 90 } });
  });
});
