import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { read } from './support.ts';

/** Every acknowledgement in the sources of the stack, as `file: rule`. */
function acknowledged(): readonly string[] {
  const files = readdirSync(new URL('../../lib/stack', import.meta.url)).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) =>
    [...read(`lib/stack/${file}`).matchAll(/id: ['`]((?:AwsSolutions|Serverless)-[^'`]+)['`]/g)].map(
      ([, rule = '']) => `${file}: ${rule}`,
    ),
  );
}

describe('acknowledged rules of the cdk-nag packs', () => {
  it('only these rules are acknowledged, each on its own resource with a reason', () => {
    expect(acknowledged().toSorted()).toEqual([
      'alarms.ts: AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'api.ts: AwsSolutions-APIG4',
      'events.ts: AwsSolutions-SMG4',
      'events.ts: Serverless-LambdaEventSourceMappingDestination',
      'front-door.ts: AwsSolutions-CFR1',
      'front-door.ts: AwsSolutions-CFR3',
      'front-door.ts: AwsSolutions-CFR4',
      'functions.ts: AwsSolutions-IAM5[Resource::*]',
      'functions.ts: Serverless-LambdaDLQ',
      'functions.ts: Serverless-LambdaDLQ',
      'functions.ts: Serverless-LambdaDLQ',
      'schedules.ts: AwsSolutions-SQS3',
      'schedules.ts: Serverless-SQSRedrivePolicy',
      'staff-desk.ts: AwsSolutions-CFR1',
      'staff-desk.ts: AwsSolutions-CFR2',
      'staff-desk.ts: AwsSolutions-CFR3',
      'staff-desk.ts: AwsSolutions-CFR4',
      // The CDK grants these actions and buckets to the deployment of the files.
      'staff-desk.ts: AwsSolutions-IAM5[${found}]',
      'staff-desk.ts: AwsSolutions-L1',
      'staff-desk.ts: AwsSolutions-S1',
      'staff-desk.ts: Serverless-LambdaDLQ',
      'staff-desk.ts: Serverless-LambdaLatestVersion',
      'staff-desk.ts: Serverless-LambdaTracing',
      'storage.ts: AwsSolutions-SMG4',
    ]);
  });
});
