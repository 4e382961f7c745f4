import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesizedWith } from './support/assembly.ts';
import { command } from './support/command.ts';
import { CREDENTIALS, REGION } from './support/judges.ts';
import { serverProcess, type ServerProcess } from './support/server-process.ts';

const tools = process.env['PYTHON_TOOLS'] ?? '';
const STACK = 'RefundService';
/** moto's account id. */
const ACCOUNT = '123456789012';

/**
 * Resource types that moto's CloudFormation does not create, and why this test does not need them. If moto learns a type,
 * the test fails until its line is removed.
 */
const NOT_MADE: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'the local run plays it',
  'AWS::ApiGatewayV2::Authorizer': 'the local run plays it',
  'AWS::ApiGatewayV2::Integration': 'the local run plays it',
  'AWS::ApiGatewayV2::Route': 'the local run plays it',
  'AWS::ApiGatewayV2::Stage': 'the local run plays it',
  'AWS::CloudWatch::Alarm': 'test:real alarms makes each of their failures happen',
  'AWS::CodeDeploy::Application': 'nothing is shifted at a first deployment',
  'AWS::CodeDeploy::DeploymentGroup': 'nothing is shifted at a first deployment',
  'AWS::Cognito::ManagedLoginBranding': 'moto has no sign-in page',
  'AWS::Cognito::UserPool': 'made here by the same properties',
  'AWS::Cognito::UserPoolClient': 'no command asks for it',
  'AWS::Cognito::UserPoolDomain': 'moto has no sign-in page',
  'AWS::Cognito::UserPoolGroup': 'made here by the same properties',
  'AWS::Lambda::Alias': 'nothing is shifted at a first deployment',
  'AWS::Lambda::EventInvokeConfig': 'no command asks for it',
  'AWS::Logs::MetricFilter': 'no command asks for it',
  'AWS::SNS::TopicPolicy': 'test:infra reads it',
  'AWS::SQS::QueuePolicy': 'test:infra reads it',
  'AWS::Scheduler::Schedule': 'the local run plays it',
  'AWS::SecretsManager::Secret': 'made here by the same properties',
};

/** moto creates these types, but not for an alias, so they are left out while moto has no aliases. */
const NAME_AN_ALIAS = ['AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Permission'];

const Resource = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const TemplateJson = v.looseObject({
  Resources: v.record(v.string(), Resource),
  Outputs: v.record(v.string(), v.object({ Value: v.unknown() })),
});
type TemplateJson = v.InferOutput<typeof TemplateJson>;

/** The placeholder for a resource that moto does not create. */
const Made = v.object({
  StackResources: v.array(v.object({ LogicalResourceId: v.optional(v.string(), '') })),
});
const Described = v.object({
  Stacks: v.tuple([
    v.object({
      StackStatus: v.string(),
      Outputs: v.array(v.object({ OutputKey: v.string(), OutputValue: v.string() })),
    }),
  ]),
});

let moto: ServerProcess;
let directory: string;
let template: TemplateJson;
let outputs: ReadonlyMap<string, string>;

/** Runs a command in a shell with the real `aws` command and moto as AWS. */
async function shell(script: string): Promise<string> {
  const { status, stdout, output } = await command('sh', ['-c', script], {
    env: {
      PATH: `${tools}:${process.env['PATH'] ?? ''}`,
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_PAGER: '',
    },
  });
  if (status !== 0) throw new Error(`${script}\n${output}`);
  return stdout;
}

async function asked<Schema extends v.GenericSchema>(
  schema: Schema,
  script: string,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, JSON.parse(await shell(script)));
}

function resourcesOf(
  type: string,
): readonly (readonly [id: string, properties: Readonly<Record<string, unknown>>])[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => [id, Properties] as const);
}

/** Replaces every reference to a resource that is not created by its placeholder. */
function withoutReferences(value: unknown, standIns: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutReferences(each, standIns));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  const target: unknown = Array.isArray(argument) ? argument[0] : argument;
  if ((name === 'Ref' || name === 'Fn::GetAtt') && typeof target === 'string') {
    const type = template.Resources[target]?.Type;
    if (type === undefined || !(type in NOT_MADE)) return value;
    return standIns.get(target) ?? `arn:aws:not-made:${REGION}:${ACCOUNT}:${target}`;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withoutReferences(each, standIns)]),
  );
}

/** The attributes that the commands need, from the template's properties, and the name of an alias. */
async function madeByHand(): Promise<ReadonlyMap<string, unknown>> {
  const made = new Map<string, unknown>();
  for (const [id] of resourcesOf('AWS::Cognito::UserPool')) {
    const { UserPool: pool } = await asked(
      v.object({ UserPool: v.object({ Id: v.string() }) }),
      'aws cognito-idp create-user-pool --pool-name staff --username-attributes email',
    );
    for (const [, { GroupName: group }] of resourcesOf('AWS::Cognito::UserPoolGroup'))
      await shell(`aws cognito-idp create-group --user-pool-id ${pool.Id} --group-name ${String(group)}`);
    made.set(id, pool.Id);
  }
  for (const [id] of resourcesOf('AWS::SecretsManager::Secret')) {
    const create = `aws secretsmanager create-secret --name ${id} --secret-string generated`;
    made.set(id, (await asked(v.object({ ARN: v.string() }), create)).ARN);
  }
  for (const [id, { FunctionName: reference, Name: name }] of resourcesOf('AWS::Lambda::Alias')) {
    const { Ref: lambda } = v.parse(v.object({ Ref: v.string() }), reference);
    made.set(id, { 'Fn::Join': [':', [{ 'Fn::GetAtt': [lambda, 'Arn'] }, name]] });
  }
  return made;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'refunds-real-'));
  const stack = await synthesizedWith();
  const whole = v.parse(TemplateJson, JSON.parse(await readFile(stack.file, 'utf8')));
  await stack.end();
  const kept = Object.entries(whole.Resources).filter(([, { Type }]) => !NAME_AN_ALIAS.includes(Type));
  template = { ...whole, Resources: Object.fromEntries(kept) };
  moto = await serverProcess(`${tools}/moto_server`, ['-H', '127.0.0.1', '-p', '0']);
  const deployed = withoutReferences(template, await madeByHand());
  await writeFile(path.join(directory, 'template.json'), JSON.stringify(deployed));
  for (const [, { Code: code }] of resourcesOf('AWS::Lambda::Function'))
    await writeFile(path.join(directory, v.parse(v.object({ S3Key: v.string() }), code).S3Key), 'a bundle');
  // The state after the CDK's bootstrap and the upload of the assets.
  const assets = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;
  await shell(`aws s3 mb s3://${assets} && aws s3 cp ${directory} s3://${assets} --recursive`);
  await shell('aws ssm put-parameter --name /cdk-bootstrap/hnb659fds/version --type String --value 30');
  const address = `https://${assets}.s3.amazonaws.com/template.json`;
  await shell(
    `aws cloudformation create-stack --stack-name ${STACK} --capabilities CAPABILITY_IAM --template-url ${address}`,
  );
  const { Stacks } = await asked(Described, `aws cloudformation describe-stacks --stack-name ${STACK}`);
  const [{ StackStatus, Outputs }] = Stacks;
  expect(StackStatus).toBe('CREATE_COMPLETE');
  outputs = new Map(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  // Each command starts a Python process.
}, 600_000);
afterAll(async () => {
  await moto.end();
  await rm(directory, { recursive: true, force: true });
});

describe('the template in moto’s CloudFormation', () => {
  it('moto creates the template’s resources except the listed types, and each listed type is still needed', async () => {
    const { StackResources: made } = await asked(
      Made,
      `aws cloudformation describe-stack-resources --stack-name ${STACK}`,
    );
    const ids = new Set(made.map(({ LogicalResourceId }) => LogicalResourceId));
    const missing = Object.entries(template.Resources).filter(([id]) => !ids.has(id));
    const types = new Set(missing.map(([, { Type }]) => Type));
    expect([...types].toSorted()).toEqual(Object.keys(NOT_MADE).toSorted());
    expect(ids.size - 1).toBe(Object.keys(template.Resources).length - missing.length);
    expect(Object.keys(NOT_MADE)).toContain('AWS::Lambda::Alias');
  });
});

/** A command of the outputs, word for word. */
function told(name: string): string {
  const text = outputs.get(name);
  if (text === undefined) throw new Error(`Bug: no output ${name}`);
  return text;
}

describe('a command of the outputs, word for word', () => {
  it('FillSecretCommand stores the typed values', async () => {
    await shell(`printf '%s\\n' key-1 secret-1 | { ${told('FillSecretCommand')}; }`);
    const stored = await asked(
      v.object({ SecretString: v.string() }),
      `aws secretsmanager get-secret-value --secret-id ${told('SecretArn')}`,
    );
    expect(JSON.parse(stored.SecretString)).toEqual({ imp_key: 'key-1', imp_secret: 'secret-1' });
  });

  it('ProtectCommand protects both tables', async () => {
    await shell(told('ProtectCommand'));
    for (const name of ['LedgerTableName', 'OrdersTableName']) {
      const { Table: table } = await asked(
        v.object({ Table: v.object({ DeletionProtectionEnabled: v.boolean() }) }),
        `aws dynamodb describe-table --table-name ${told(name)}`,
      );
      expect(table.DeletionProtectionEnabled, name).toBe(true);
    }
  });

  it('EventsSecretCommand shows the signing secret of the events', async () => {
    expect(await shell(told('EventsSecretCommand'))).toBe('whsec_generated\n');
  });

  it('CreateFirstStaffCommand creates a member of the staff group', async () => {
    await shell(told('CreateFirstStaffCommand'));
    const { Users } = await asked(
      v.object({
        Users: v.array(
          v.looseObject({ Attributes: v.array(v.object({ Name: v.string(), Value: v.string() })) }),
        ),
      }),
      `aws cognito-idp list-users-in-group --user-pool-id ${told('UserPoolId')} --group-name refund-staff`,
    );
    expect(Users.map(({ Attributes }) => Attributes)).toEqual([
      expect.arrayContaining([{ Name: 'email', Value: 'you@shop.example' }]),
    ]);
  });
});
