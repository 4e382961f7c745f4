import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnElement, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import * as v from 'valibot';
import { expect } from 'vitest';
import type { FunctionName } from '../../lib/stack/functions.ts';
import { RefundServiceStack } from '../../lib/stack/refund-service-stack.ts';
import { readPaper } from '../support/papers.ts';
import { ACCEPTED } from './findings.ts';

type Context = Readonly<Record<string, unknown>>;

const CdkJson = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));

/** The context of cdk.json. */
export function cdkContext(): Context {
  return v.parse(CdkJson, readPaper('cdk.json')).context;
}

/** CloudFormation's own rules take seconds; only `checkedTemplate` applies them. */
process.env['CDK_VALIDATION'] = 'false';

const OUTDIR = mkdtempSync(join(tmpdir(), 'refund-service-'));
process.once('exit', () => rmSync(OUTDIR, { recursive: true, force: true }));

/** An app that does not bundle the functions: no template depends on their code. */
export function newApp(context: Context = {}): App {
  return new App({ outdir: OUTDIR, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}

/** The stack as `cdk synth` makes it, with context settings. */
export function stackWith(context: Context = {}): RefundServiceStack {
  return new RefundServiceStack(newApp({ ...cdkContext(), ...context }), 'RefundService');
}

export function templateWith(context: Context = {}): Template {
  return Template.fromStack(stackWith(context));
}

/** Throws with every finding of CloudFormation's rules and of the two rule packs that is not accepted. */
export function checkedTemplate(context: Context = {}): Template {
  const stack = stackWith(context);
  for (const element of stack.node.findAll()) {
    const id = CfnElement.isCfnElement(element) ? String(stack.resolve(element.logicalId)) : '';
    const own = ACCEPTED.filter(([, begins]) => begins.some((begin) => id.startsWith(begin)));
    for (const [rules, , reason] of own)
      Validations.of(element).acknowledge(...rules.map((rule) => ({ id: rule, reason })));
  }
  Validations.of(stack.node.root).addPlugins(
    new AwsSolutionsChecks(stack.node.root),
    new ServerlessChecks(stack.node.root),
  );
  process.env['CDK_VALIDATION'] = 'true';
  const template = Template.fromStack(stack);
  process.env['CDK_VALIDATION'] = 'false';
  return template;
}

/** The files of a folder asset, by its key in the template. */
export function filesOf(key: string): ReadonlyMap<string, string> {
  const folder = join(OUTDIR, `asset.${key.replace(/\.zip$/, '')}`);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

export interface Found {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Resources that survive the stack's deletion and replacement, but not a failed first deployment. */
  readonly retained: boolean;
  readonly dependsOn: readonly string[];
}

const Resource = v.object({
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  DeletionPolicy: v.optional(v.string()),
  UpdateReplacePolicy: v.optional(v.string()),
  DependsOn: v.optional(v.array(v.string()), []),
});

/** The resources of a type (`DynamoDB::Table`) whose logical id contains `part`. */
export function resources(template: Template, type: string, part = ''): readonly Found[] {
  return Object.entries(template.findResources(`AWS::${type}`))
    .filter(([id]) => id.includes(part))
    .map(([id, resource]) => {
      const parsed = v.parse(Resource, resource);
      const { DeletionPolicy: deletion, UpdateReplacePolicy: replacement } = parsed;
      const retained = deletion === 'RetainExceptOnCreate' && replacement === 'Retain';
      return { id, properties: parsed.Properties, retained, dependsOn: parsed.DependsOn };
    });
}

/** The one resource of this type whose logical id contains `part`. */
export function only(template: Template, type: string, part = ''): Found {
  const [found, ...others] = resources(template, type, part);
  expect(others).toEqual([]);
  if (found === undefined) throw new Error(`The template has no ${type} ${part}`);
  return found;
}

const Statement = v.object({
  Action: v.union([v.string(), v.array(v.string())]),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  Resource: v.unknown(),
  Effect: v.literal('Allow'),
});
const Policy = v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) });

export interface Allowed {
  readonly actions: readonly string[];
  /** The template as JSON with its logical ids. */
  readonly resource: string;
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The beginning of the logical ids of a function's role. */
export function roleOf(name: FunctionName): string {
  return `Service${name.charAt(0).toUpperCase()}${name.slice(1)}Role`;
}

/** The statements of the policies whose logical id begins with this text. */
export function allowedBy(template: Template, idPrefix: string): readonly Allowed[] {
  return resources(template, 'IAM::Policy')
    .filter(({ id }) => id.startsWith(idPrefix))
    .flatMap(({ properties }) => v.parse(Policy, properties).PolicyDocument.Statement)
    .map(({ Action, Resource: resource, Condition: condition }) => ({
      actions: [Action].flat(),
      resource: JSON.stringify(resource),
      condition,
    }));
}
