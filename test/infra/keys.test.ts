import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { checkedTemplate, resources, stackWith } from './support.ts';

const TopicPolicy = v.object({ PolicyDocument: v.object({ Statement: v.array(v.looseObject({})) }) });

const template = checkedTemplate();

/** Logical id of the key that a resource's property names. */
function keyOf(type: string, property: string): string {
  const [resource] = resources(template, type);
  return /Service\w*Key[0-9A-F]{8}/.exec(JSON.stringify(resource?.properties[property]))?.[0] ?? '';
}

describe('the KMS keys', () => {
  it('ledger and secret have separate keys, because readers of refunds may not read the secret', () => {
    const keys = [
      keyOf('AWS::DynamoDB::Table', 'SSESpecification'),
      keyOf('AWS::SecretsManager::Secret', 'KmsKeyId'),
    ];
    expect(keys.map((id) => id.slice(0, -8))).toEqual(['ServiceLedgerKey', 'ServiceIamportSecretKey']);
    expect(resources(template, 'AWS::KMS::Key')).toHaveLength(2);
    for (const { retained, properties } of resources(template, 'AWS::KMS::Key')) {
      expect(retained).toBe(true);
      expect(properties['EnableKeyRotation']).toBe(true);
    }
  });
});

describe('the topic of the alarms', () => {
  it('the topic accepts only alarms of this account, and only over TLS', () => {
    const [policy] = resources(template, 'AWS::SNS::TopicPolicy');
    const { Statement: statements } = v.parse(TopicPolicy, policy?.properties).PolicyDocument;
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(statements).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
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

  it('an existing secret, and its key, can be read by every function that calls i’mport', () => {
    const given = Template.fromStack(stackWith({ iamportSecretArn, iamportSecretKeyArn }));
    given.resourceCountIs('AWS::SecretsManager::Secret', 0);
    given.resourceCountIs('AWS::KMS::Key', 1);
    const roles = resources(given, 'AWS::IAM::Policy').filter(
      ({ id }) => /^Service\w+RoleDefaultPolicy/.test(id) && !id.includes('Schedules'),
    );
    // Without eventsUrl there is no forwarding function.
    expect(roles).toHaveLength(FUNCTION_NAMES.length - 1);
    for (const { id, properties } of roles) {
      // These functions only read the ledger or publish from it.
      const asksNobody = /ListRefunds|GetReconciliation|AcknowledgeFinding|PublishRefunds/.test(id);
      expect(JSON.stringify(properties).includes(iamportSecretArn), id).toBe(!asksNobody);
      expect(JSON.stringify(properties).includes(iamportSecretKeyArn), id).toBe(!asksNobody);
    }
  });
});

describe('the access log', () => {
  it('the access log has a new log group of vended logs, which no earlier stack can own', () => {
    const [group] = resources(template, 'AWS::Logs::LogGroup').filter(({ id }) => id.includes('AccessLog'));
    const name = JSON.stringify(group?.properties['LogGroupName']);
    expect(name).toContain('/aws/vendedlogs/refunds/');
    expect(name).toContain('AWS::StackId');
    expect(group).toMatchObject({ retained: true, properties: { RetentionInDays: 90 } });
  });
});
