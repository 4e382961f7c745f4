import * as v from 'valibot';

import { LocalRunError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { isIgnored, isPlayed, PLAYED, type Played, type PlayedType } from './resources.ts';

/** A CloudFormation template. */
export interface Template {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, { readonly type: string; readonly properties: JsonObject }>;
}

const TEMPLATE = v.object({
  Resources: v.record(
    v.string(),
    v.object({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
});

export function readTemplate(stackName: string, json: unknown): Template {
  const resources = Object.entries(v.parse(TEMPLATE, json).Resources);
  return {
    stackName,
    resources: new Map(
      resources.map(([id, { Type: type, Properties: properties }]) => [id, { type, properties }]),
    ),
  };
}

/** The logical ids of a type's resources, in the order of the template. */
export function resourcesOf({ resources }: Template, type: string): readonly string[] {
  return [...resources].filter(([, resource]) => resource.type === type).map(([id]) => id);
}

/** The invented account of the local run. */
export const ACCOUNT_ID = '000000000000';

/** Reads a template with its references resolved. */
export interface Planner {
  /** What `Ref` gives: a name, an id or an ARN, as CloudFormation documents it for the type; also of `AWS::…`. */
  readonly ref: (logicalId: string) => string;
  /** What `Fn::GetAtt` gives. */
  readonly attribute: (logicalId: string, name: string) => string;
  /** @throws LocalRunError for an intrinsic function that the local run does not know */
  readonly properties: (logicalId: string) => JsonObject;
  /** The resources of a type, by their logical ids. */
  readonly all: <Type extends PlayedType>(type: Type) => ReadonlyMap<string, Played<Type>>;
}

export function createPlanner(template: Template, region: string): Planner {
  const names = createNames(template, region);
  const properties = (id: string): JsonObject =>
    v.parse(v.record(v.string(), v.unknown()), evaluated(resourceOf(template, id).properties, names));
  const all: Planner['all'] = (type) =>
    new Map(resourcesOf(template, type).map((id) => [id, v.parse(PLAYED[type], properties(id))]));
  return { ...names, properties, all };
}

type Names = Pick<Planner, 'ref' | 'attribute'>;

function resourceOf({ resources, stackName }: Template, id: string) {
  const found = resources.get(id);
  if (found === undefined) throw new LocalRunError(`${id}: nothing in ${stackName} has this name`);
  return found;
}

function createNames(template: Template, region: string): Names {
  const { stackName } = template;
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${rest}`;
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackName': stackName,
  };
  const names: Names = {
    ref: (id) => {
      if (pseudo[id] !== undefined) return pseudo[id];
      const { type, properties } = resourceOf(template, id);
      if (/^AWS::(DynamoDB::Table|Lambda::Function)$/.test(type)) return `${stackName}-${id}`;
      const nameIn = (property: string): string => textOf(properties[property], names);
      if (type === 'AWS::Lambda::Alias')
        return arn('lambda', `function:${nameIn('FunctionName')}:${nameIn('Name')}`);
      // Secrets Manager appends six characters to the name.
      if (type === 'AWS::SecretsManager::Secret')
        return arn('secretsmanager', `secret:${stackName}-${id}-local1`);
      return type === 'AWS::Cognito::UserPool' ? `${region}_${id}` : id;
    },
    attribute: (id, name) => {
      const { type } = resourceOf(template, id);
      const [, service = ''] = type.split('::');
      if (`${type} ${name}` === 'AWS::Lambda::Version Version') return '1';
      if (`${type} ${name}` === 'AWS::Lambda::Function Arn')
        return arn('lambda', `function:${names.ref(id)}`);
      if (name === 'Arn' || name === 'StreamArn') return arn(service.toLowerCase(), id);
      throw new LocalRunError(`The local run has no ${name} of ${id} (${type})`);
    },
  };
  return names;
}

/** Replaces every intrinsic function in `value`, at any depth. @throws LocalRunError for one that it does not know */
function evaluated(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((entry) => evaluated(entry, names));
  if (!isObject(value)) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length > 0 || (name !== 'Ref' && !name.startsWith('Fn::')))
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, evaluated(field, names)]));
  const list: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const [first, second] = list;
  const text = textOf(first, names);
  switch (name) {
    case 'Ref':
      return names.ref(text);
    case 'Fn::GetAtt':
      return names.attribute(text, textOf(second, names));
    case 'Fn::Join':
      return textsOf(second, names).join(text);
    case 'Fn::Split':
      return textOf(second, names).split(text);
    case 'Fn::Select':
      return textsOf(second, names)[Number(text)];
    case 'Fn::Sub':
      return text.replaceAll(/\$\{([^}]+)\}/g, (_, id: string) => names.ref(id));
    default:
      throw new LocalRunError(`The local run does not know ${name}`);
  }
}

function textOf(value: unknown, names: Names): string {
  return v.parse(v.pipe(v.union([v.string(), v.number()]), v.transform(String)), evaluated(value, names));
}

function textsOf(value: unknown, names: Names): readonly string[] {
  return v.parse(v.array(v.string()), evaluated(value, names));
}

/**
 * The local run plays the whole template or nothing (promise 7).
 * @throws LocalRunError with everything that it does not support
 */
export function refuseUnsupported({ resources }: Template, { properties }: Planner): void {
  const faults = [...resources].flatMap(([id, { type }]) => {
    if (!isPlayed(type)) return isIgnored(type) ? [] : [`- ${id}: type ${type}`];
    const { issues = [] } = v.safeParse(PLAYED[type], properties(id));
    return issues.map((issue) => `- ${id}: property ${v.getDotPath(issue)} of ${type}: ${issue.message}`);
  });
  if (faults.length === 0) return;
  const where = 'see lib/lab/local/template/resources.ts';
  throw new LocalRunError(
    `The template has parts that the local run does not support (${where}):\n${faults.join('\n')}`,
  );
}
