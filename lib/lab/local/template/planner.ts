import { type Fields, fieldsOf, isObject } from '../json.ts';
import { resourcesOf, type Template, unplayable } from './template.ts';

/** The invented account of the local run. */
export const ACCOUNT_ID = '000000000000';

/** The names of a template's resources in the local run. */
interface Names {
  /** What `Ref` gives: a name, an id or an ARN, as CloudFormation documents it for the type; also of parameters and `AWS::…`. */
  ref(logicalId: string): string;
  /** What `Fn::GetAtt` gives. @throws UnplayableTemplateError when the local run has no such attribute. */
  attribute(logicalId: string, name: string): string;
}

function createNames(template: Template, region: string): Names {
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${rest}`;
  const physical = (logicalId: string, property: string): string => {
    const name = template.resources.get(logicalId)?.properties[property];
    return typeof name === 'string' ? name : `${template.stackName}-${logicalId}`;
  };
  const functionArn = (id: string): string => arn('lambda', `function:${physical(id, 'FunctionName')}`);
  /** The function of a version or an alias. */
  const arnOfItsFunction = (id: string): string =>
    functionArn(referredTo(template.resources.get(id)?.properties['FunctionName']));

  const refs: Readonly<Record<string, (logicalId: string) => string>> = {
    'AWS::DynamoDB::GlobalTable': (logicalId) => physical(logicalId, 'TableName'),
    'AWS::DynamoDB::Table': (logicalId) => physical(logicalId, 'TableName'),
    'AWS::Lambda::Function': (logicalId) => physical(logicalId, 'FunctionName'),
    'AWS::Lambda::Alias': (logicalId) => `${arnOfItsFunction(logicalId)}:${physical(logicalId, 'Name')}`,
    'AWS::Lambda::Version': (logicalId) => `${arnOfItsFunction(logicalId)}:1`,
    // Secrets Manager appends six characters to the name.
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
    const isStream = type?.startsWith('AWS::DynamoDB::') === true && name === 'StreamArn';
    if (type === undefined || (name !== 'Arn' && !isStream)) {
      throw unplayable(
        `The local run has no ${name} of ${logicalId} (${type ?? 'which is not in the template'})`,
      );
    }
    if (type === 'AWS::Lambda::Function') return functionArn(logicalId);
    if (type.startsWith('AWS::DynamoDB::'))
      return arn('dynamodb', `table/${ref(logicalId)}${isStream ? '/stream/local' : ''}`);
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

/** Gives the value a template's expression has in the local run. */
interface Intrinsics extends Names {
  /** Replaces every intrinsic function in `value`, at any depth. @throws UnplayableTemplateError for one it does not know. */
  resolve(value: unknown): unknown;
}

const NOTHING = Symbol('AWS::NoValue');

function createIntrinsics(template: Template, region: string): Intrinsics {
  const names = createNames(template, region);

  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(resolve).filter((entry) => entry !== NOTHING);
    }
    if (!isObject(value)) {
      return value;
    }
    const [only, ...others] = Object.entries(value);
    if (only !== undefined && others.length === 0 && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
      return evaluate(only[0], only[1]);
    }
    const fields = Object.entries(value).map(([name, field]) => [name, resolve(field)] as const);
    return Object.fromEntries(fields.filter(([, field]) => field !== NOTHING));
  };

  const text = (value: unknown): string => {
    const resolved = resolve(value);
    if (typeof resolved !== 'string' && typeof resolved !== 'number') {
      throw unplayable(`${JSON.stringify(value)} is not a text in ${template.stackName}`);
    }
    return String(resolved);
  };

  const evaluate = (name: string, argument: unknown): unknown => {
    const list: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
    switch (name) {
      case 'Ref':
        return argument === 'AWS::NoValue' ? NOTHING : names.ref(text(argument));
      case 'Fn::GetAtt': {
        const [logicalId, ...path] = list.length === 1 ? text(argument).split('.') : list.map(text);
        return names.attribute(logicalId ?? '', path.join('.'));
      }
      case 'Fn::Join':
        return textList(resolve(list[1]), text).join(text(list[0]));
      case 'Fn::Split':
        return text(list[1]).split(text(list[0]));
      case 'Fn::Select':
        return textList(resolve(list[1]), text)[Number(text(list[0]))];
      case 'Fn::Sub':
        return substitute(text(list[0]), isObject(list[1]) ? list[1] : {}, { names, text });
      default:
        throw unplayable(`The local run does not know ${name}, used in ${template.stackName}`);
    }
  };

  return { ...names, resolve };
}

function textList(value: unknown, text: (value: unknown) => string): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [text(value)];
}

function substitute(
  pattern: string,
  variables: Readonly<Record<string, unknown>>,
  { names, text }: { readonly names: Names; readonly text: (value: unknown) => string },
): string {
  return pattern.replaceAll(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(variables[name]);
    const [logicalId, ...path] = name.split('.');
    return path.length === 0 ? names.ref(name) : names.attribute(logicalId ?? whole, path.join('.'));
  });
}

/** Reads resources with their intrinsic functions resolved. */
export interface Planner {
  readonly template: Template;
  readonly intrinsics: Intrinsics;
  readonly properties: (logicalId: string) => Fields;
  /** The function that an ARN or a name of it, its version or its alias means. */
  readonly functionOf: (named: string) => string;
}

export function createPlanner(template: Template, region: string): Planner {
  const intrinsics = createIntrinsics(template, region);
  return {
    template,
    intrinsics,
    properties: (id) =>
      fieldsOf(intrinsics.resolve(template.resources.get(id)?.properties ?? {}), id, unplayable),
    functionOf: (named) => {
      const found = resourcesOf(template, 'AWS::Lambda::Function').find((id) => {
        const own = [intrinsics.attribute(id, 'Arn'), intrinsics.ref(id)];
        return own.some((name) => named === name || named.startsWith(`${name}:`));
      });
      if (found === undefined) throw unplayable(`${named} is not a function of ${template.stackName}`);
      return found;
    },
  };
}
