import { isObject } from '../json.ts';
import { createNames, type Names } from './names.ts';
import { type Template, unplayable } from './template.ts';

/** Gives the value a template's expression has in the local run. */
export interface Intrinsics extends Names {
  /** Replaces every intrinsic function in `value`, at any depth. @throws UnplayableTemplateError for one it does not know. */
  resolve(value: unknown): unknown;
}

const NOTHING = Symbol('AWS::NoValue');

export function createIntrinsics(template: Template, region: string): Intrinsics {
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
