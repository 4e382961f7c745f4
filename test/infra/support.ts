import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import * as v from 'valibot';
import { RefundServiceStack } from '../../lib/stack/refund-service-stack.ts';

const CdkJson = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));

export function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

export function cdkJson(): v.InferOutput<typeof CdkJson> {
  return v.parse(CdkJson, read('cdk.json'));
}

/** One for all stacks of a test file: what is bundled there once is not bundled again. */
const OUTDIR = mkdtempSync(join(tmpdir(), 'refund-service-'));
process.once('exit', () => rmSync(OUTDIR, { recursive: true, force: true }));

export function newApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ outdir: OUTDIR, context });
}

/** The stack as `cdk synth` makes it, with what a deployer changed in the context. */
export function stackWith(context: Readonly<Record<string, unknown>> = {}): RefundServiceStack {
  return new RefundServiceStack(newApp({ ...cdkJson().context, ...context }), 'RefundService');
}

/** Throws with every finding of the two rule packs that is not acknowledged. */
export function checkedTemplate(context: Readonly<Record<string, unknown>> = {}): Template {
  const stack = stackWith(context);
  Validations.of(stack.node.root).addPlugins(
    new AwsSolutionsChecks(stack.node.root),
    new ServerlessChecks(stack.node.root),
  );
  return Template.fromStack(stack);
}

/** The files of an asset that is a folder, by the key that the template names it by. */
export function filesOf(key: string): ReadonlyMap<string, string> {
  const folder = join(OUTDIR, `asset.${key.replace(/\.zip$/, '')}`);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

type Properties = Readonly<Record<string, unknown>>;

export interface Found {
  readonly id: string;
  readonly properties: Properties;
  /** Kept when the stack is deleted or an upgrade replaces it; not by a first deployment that fails. */
  readonly retained: boolean;
  readonly dependsOn: readonly string[];
}

const Resource = v.object({
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  DeletionPolicy: v.optional(v.string()),
  UpdateReplacePolicy: v.optional(v.string()),
  DependsOn: v.optional(v.array(v.string()), []),
});

export function resources(template: Template, type: string): readonly Found[] {
  return Object.entries(template.findResources(type)).map(([id, resource]) => {
    const {
      Properties: properties,
      DeletionPolicy: deletion,
      UpdateReplacePolicy: replacement,
      DependsOn: dependsOn,
    } = v.parse(Resource, resource);
    const retained = deletion === 'RetainExceptOnCreate' && replacement === 'Retain';
    return { id, properties, retained, dependsOn };
  });
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
  /** As JSON, with the logical ids in it. */
  readonly resource: string;
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the policies allow whose logical id begins so. */
export function allowedBy(template: Template, idPrefix: string): readonly Allowed[] {
  return resources(template, 'AWS::IAM::Policy')
    .filter(({ id }) => id.startsWith(idPrefix))
    .flatMap(({ properties }) => v.parse(Policy, properties).PolicyDocument.Statement)
    .map(({ Action, Resource: resource, Condition: condition }) => ({
      actions: [Action].flat(),
      resource: JSON.stringify(resource),
      condition,
    }));
}
