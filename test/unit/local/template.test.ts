import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { planService } from '../../../lib/lab/local/template/plan.ts';
import { readTemplate } from '../../../lib/lab/local/template/template.ts';
import { sharedAssembly } from '../../support/local-run.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

let resources: Readonly<Record<string, Resource>>;
beforeAll(async () => {
  const file = path.join(await sharedAssembly(), 'RefundService.template.json');
  const template = JSON.parse(await readFile(file, 'utf8')) as { readonly Resources: typeof resources };
  resources = template.Resources;
});

function planOf(others: object): unknown {
  const template = readTemplate('Sample', { Resources: { ...resources, ...others } });
  return planService({ template, assetDirectory: (key) => key }, 'ap-northeast-2');
}

/** The first resource of the type, with changed properties. */
function changed(type: string, properties: object): object {
  const [id = '', resource] = Object.entries(resources).find(([, { Type }]) => Type === type) ?? [];
  return { [id]: { Type: type, Properties: { ...resource?.Properties, ...properties } } };
}

describe('a template that cannot be run locally', () => {
  it('the error names every unsupported type and property', () => {
    const bucket = { Bucket: { Type: 'AWS::S3::Bucket' } };
    const read = () => planOf({ ...bucket, ...changed('AWS::Lambda::Function', { VpcConfig: {} }) });
    expect(read).toThrow('property VpcConfig of AWS::Lambda::Function');
    expect(read).toThrow('Bucket: type AWS::S3::Bucket');
  });

  it.for<readonly [string, object, string]>([
    [
      'AWS::Lambda::Function',
      { Environment: { Variables: { A: { 'Fn::ImportValue': 'x' } } } },
      'know Fn::ImportValue',
    ],
    [
      'AWS::Lambda::Function',
      { Environment: { Variables: { A: { Ref: 'Nowhere' } } } },
      'nothing in Sample has this name',
    ],
    ['AWS::Lambda::Function', { Runtime: 'python3.14' }, 'Runtime of AWS::Lambda::Function'],
    ['AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(0 9 ? * MON *)' }, 'ScheduleExpression of'],
    ['AWS::ApiGatewayV2::Route', { RouteKey: '$default' }, 'RouteKey of'],
    [
      'AWS::ApiGatewayV2::Authorizer',
      { IdentitySource: ['$request.querystring.token'] },
      'IdentitySource.0 of',
    ],
    [
      'AWS::ApiGatewayV2::Api',
      { CorsConfiguration: { AllowOrigins: ['*'] } },
      'CorsConfiguration.AllowOrigins.0 of',
    ],
  ])('%s with %j is refused', ([type, properties, message]) => {
    expect(() => planOf(changed(type, properties))).toThrow(message);
  });
});
