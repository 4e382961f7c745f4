import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { synthesized } from './support/assembly.ts';
import { command } from './support/command.ts';
import { CREDENTIALS, REGION, startMoto, type Moto } from './support/servers.ts';

/** The commands of the outputs, run by the real `aws` against moto, where resources stand as the template names them. */
const tools = process.env['PYTHON_TOOLS'] ?? '';

const Resource = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const TemplateJson = v.object({
  Resources: v.record(v.string(), Resource),
  Outputs: v.record(v.string(), v.object({ Value: v.unknown() })),
});
const Join = v.object({ 'Fn::Join': v.tuple([v.string(), v.array(v.unknown())]) });
const Reference = v.union([
  v.pipe(
    v.object({ Ref: v.string() }),
    v.transform(({ Ref }) => Ref),
  ),
  v.pipe(
    v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
    v.transform(({ 'Fn::GetAtt': [id] }) => id),
  ),
]);

let moto: Moto;
let template: v.InferOutput<typeof TemplateJson>;
/** Names or ARNs at moto, by logical id. */
const made = new Map<string, string>();

/** Runs a script in a shell with the real `aws` command and moto as AWS. */
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

async function aws<Schema extends v.GenericSchema>(
  schema: Schema,
  args: string,
): Promise<v.InferOutput<Schema>> {
  return v.parse(schema, JSON.parse(await shell(`aws ${args}`)));
}

function resourcesOf(type: string) {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => ({ id, properties: Properties }));
}

/** An output as CloudFormation would show it. A resource that no command needs keeps its logical id. */
function outputOf(name: string): string {
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (v.is(Join, value)) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
    const id = v.parse(Reference, value);
    return made.get(id) ?? id;
  };
  return textOf(template.Outputs[name]?.Value);
}

beforeAll(async () => {
  const stack = await synthesized({ eventsUrl: 'https://shop.example/events' });
  template = v.parse(TemplateJson, JSON.parse(await readFile(stack.file, 'utf8')));
  await stack.end();
  moto = await startMoto();
  for (const plan of Object.values(planService(stack, REGION).tables)) {
    await moto.createTable(plan);
    const table = resourcesOf('AWS::DynamoDB::Table').find(({ id }) => plan.TableName.endsWith(id));
    made.set(table?.id ?? '', plan.TableName);
  }
  for (const { id } of resourcesOf('AWS::SecretsManager::Secret'))
    made.set(id, await moto.createSecret(id, 'generated'));
  for (const { id } of resourcesOf('AWS::Cognito::UserPool')) {
    const { UserPool: pool } = await aws(
      v.object({ UserPool: v.object({ Id: v.string() }) }),
      'cognito-idp create-user-pool --pool-name staff --username-attributes email',
    );
    made.set(id, pool.Id);
    for (const { properties } of resourcesOf('AWS::Cognito::UserPoolGroup'))
      await shell(
        `aws cognito-idp create-group --user-pool-id ${pool.Id} --group-name ${String(properties['GroupName'])}`,
      );
  }
  // Each command starts a Python process.
}, 600_000);
afterAll(async () => moto.end());

describe('a command of the outputs, word for word', () => {
  it('FillSecretCommand stores the typed values', async () => {
    await shell(`printf '%s\\n' key-1 secret-1 | { ${outputOf('FillSecretCommand')}; }`);
    const stored = await aws(
      v.object({ SecretString: v.string() }),
      `secretsmanager get-secret-value --secret-id ${outputOf('SecretArn')}`,
    );
    expect(JSON.parse(stored.SecretString)).toEqual({ imp_key: 'key-1', imp_secret: 'secret-1' });
  });

  it('ProtectCommand protects both tables', async () => {
    await shell(outputOf('ProtectCommand'));
    for (const name of ['LedgerTableName', 'OrdersTableName']) {
      const { Table: table } = await aws(
        v.object({ Table: v.object({ DeletionProtectionEnabled: v.boolean() }) }),
        `dynamodb describe-table --table-name ${outputOf(name)}`,
      );
      expect(table.DeletionProtectionEnabled, name).toBe(true);
    }
  });

  it('EventsSecretCommand shows the signing secret of the events', async () => {
    expect(await shell(outputOf('EventsSecretCommand'))).toBe('whsec_generated\n');
  });

  it('CreateFirstStaffCommand creates a member of the staff group', async () => {
    await shell(outputOf('CreateFirstStaffCommand'));
    const { Users } = await aws(
      v.object({
        Users: v.array(
          v.looseObject({ Attributes: v.array(v.object({ Name: v.string(), Value: v.string() })) }),
        ),
      }),
      `cognito-idp list-users-in-group --user-pool-id ${outputOf('UserPoolId')} --group-name refund-staff`,
    );
    expect(Users.map(({ Attributes }) => Attributes)).toEqual([
      expect.arrayContaining([{ Name: 'email', Value: 'you@shop.example' }]),
    ]);
  });
});
