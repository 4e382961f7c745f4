import { UnplayableTemplateError } from '../errors.ts';
import { type Fields, fieldsOf, isObject, type JsonObject } from '../json.ts';
import { refuseTheUnplayable } from './playable.ts';

export interface Resource {
  readonly type: string;
  readonly properties: JsonObject;
}

/** A CloudFormation template of which every resource is either played or known to have no meaning on one machine. */
export interface Template {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, Resource>;
  /** Defaults of the template's parameters; what a deployment would have to be given is not here. */
  readonly parameterDefaults: ReadonlyMap<string, string>;
}

export const unplayable = (message: string): UnplayableTemplateError => new UnplayableTemplateError(message);

/** @throws UnplayableTemplateError when anything in it cannot be played. */
export function readTemplate(stackName: string, json: unknown): Template {
  const template = fieldsOf(json, stackName, unplayable);
  const resources = new Map(
    Object.entries(template.object('Resources')?.value ?? {}).map(([logicalId, definition]) => [
      logicalId,
      readResource(fieldsOf(definition, logicalId, unplayable)),
    ]),
  );
  refuseTheUnplayable(resources);
  return { stackName, resources, parameterDefaults: readDefaults(template.object('Parameters')) };
}

/** The resources of some types, in the order of the template. */
export function resourcesOf(template: Template, ...types: readonly string[]): readonly string[] {
  return [...template.resources]
    .filter(([, { type }]) => types.includes(type))
    .map(([logicalId]) => logicalId);
}

function readResource(definition: Fields): Resource {
  return { type: definition.text('Type'), properties: definition.object('Properties')?.value ?? {} };
}

function readDefaults(parameters: Fields | undefined): ReadonlyMap<string, string> {
  const given = Object.entries(parameters?.value ?? {});
  return new Map(
    given.flatMap(([name, parameter]) =>
      isObject(parameter) && typeof parameter['Default'] === 'string'
        ? [[name, parameter['Default']] as const]
        : [],
    ),
  );
}
