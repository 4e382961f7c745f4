import { isObject } from '../json.ts';
import { type Template, unplayable } from './template.ts';

/** The account that does not exist in which the local run plays. */
export const ACCOUNT_ID = '000000000000';

/** What the resources of a template are called in the local run. */
export interface Names {
  /** What `Ref` gives: a name, an id or an ARN, as CloudFormation documents it for the type; also of parameters and `AWS::…`. */
  ref(logicalId: string): string;
  /** What `Fn::GetAtt` gives. @throws UnplayableTemplateError when the local run has no such attribute. */
  attribute(logicalId: string, name: string): string;
}

export function createNames(template: Template, region: string): Names {
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${rest}`;
  const physical = (logicalId: string, property: string): string => {
    const name = template.resources.get(logicalId)?.properties[property];
    return typeof name === 'string' ? name : `${template.stackName}-${logicalId}`;
  };
  const functionArn = (logicalId: string): string =>
    arn('lambda', `function:${physical(logicalId, 'FunctionName')}`);
  /** The function of a version or an alias. */
  const arnOfItsFunction = (logicalId: string): string =>
    functionArn(referredTo(template.resources.get(logicalId)?.properties['FunctionName']));

  const refs: Readonly<Record<string, (logicalId: string) => string>> = {
    'AWS::DynamoDB::GlobalTable': (logicalId) => physical(logicalId, 'TableName'),
    'AWS::DynamoDB::Table': (logicalId) => physical(logicalId, 'TableName'),
    'AWS::Lambda::Function': (logicalId) => physical(logicalId, 'FunctionName'),
    'AWS::Lambda::Alias': (logicalId) => `${arnOfItsFunction(logicalId)}:${physical(logicalId, 'Name')}`,
    'AWS::Lambda::Version': (logicalId) => `${arnOfItsFunction(logicalId)}:1`,
    // Secrets Manager appends six characters of its own to the name.
    'AWS::SecretsManager::Secret': (logicalId) =>
      arn('secretsmanager', `secret:${physical(logicalId, 'Name')}-local1`),
    'AWS::Cognito::UserPool': (logicalId) => `${region}_${logicalId}`,
  };
  const pseudo = pseudoParameters(template.stackName, region);

  const ref = (logicalId: string): string => {
    const type = template.resources.get(logicalId)?.type;
    if (type !== undefined) return refs[type]?.(logicalId) ?? logicalId;
    const value = pseudo[logicalId] ?? template.parameterDefaults.get(logicalId);
    if (value === undefined)
      throw unplayable(`Ref ${logicalId}: nothing in ${template.stackName} has this name`);
    return value;
  };

  const attribute = (logicalId: string, name: string): string => {
    const type = template.resources.get(logicalId)?.type;
    if (type === 'AWS::Lambda::Version' && name === 'Version') return '1';
    if (type === undefined || name !== 'Arn') {
      throw unplayable(
        `The local run has no ${name} of ${logicalId} (${type ?? 'which is not in the template'})`,
      );
    }
    if (type === 'AWS::Lambda::Function') return functionArn(logicalId);
    if (type.startsWith('AWS::DynamoDB::')) return arn('dynamodb', `table/${ref(logicalId)}`);
    const [, service = 'local'] = type.split('::');
    return arn(service.toLowerCase(), logicalId);
  };
  return { ref, attribute };
}

function pseudoParameters(stackName: string, region: string): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${ACCOUNT_ID}:stack/${stackName}/local`,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

/** The logical id in `{ Ref }` or `{ Fn::GetAtt: [id, …] }`. */
function referredTo(reference: unknown): string {
  const [argument] = isObject(reference) ? Object.values(reference) : [];
  const logicalId: unknown = Array.isArray(argument) ? argument[0] : argument;
  if (typeof logicalId !== 'string')
    throw unplayable(`${JSON.stringify(reference)} does not refer to a function`);
  return logicalId;
}
