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

/** One output folder for all stacks of a test file, so that each function is bundled once. */
const OUTDIR = mkdtempSync(join(tmpdir(), 'refund-service-'));
process.once('exit', () => rmSync(OUTDIR, { recursive: true, force: true }));

export function newApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ outdir: OUTDIR, context });
}

/** The stack as `cdk synth` makes it, with context settings. */
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

/** The files of a folder asset, by its key in the template. */
export function filesOf(key: string): ReadonlyMap<string, string> {
  const folder = join(OUTDIR, `asset.${key.replace(/\.zip$/, '')}`);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

type Properties = Readonly<Record<string, unknown>>;

export interface Found {
  readonly id: string;
  readonly properties: Properties;
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
  /** The template as JSON with its logical ids. */
  readonly resource: string;
  readonly condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The statements of the policies whose logical id begins with this text. */
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
