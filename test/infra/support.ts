import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import * as v from 'valibot';
import { RefundServiceStack } from '../../lib/refund-service-stack.ts';

const CdkJson = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));

export function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

export function cdkJson(): v.InferOutput<typeof CdkJson> {
  return v.parse(CdkJson, read('cdk.json'));
}

/** The stack as `cdk synth` makes it, with what a deployer changed in the context. */
export function stackWith(context: Readonly<Record<string, unknown>> = {}): RefundServiceStack {
  const app = new App({ context: { ...cdkJson().context, ...context } });
  return new RefundServiceStack(app, 'RefundService');
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

type Properties = Readonly<Record<string, unknown>>;

export interface Found {
  readonly id: string;
  readonly properties: Properties;
  readonly retained: boolean;
  readonly dependsOn: readonly string[];
}

const Resource = v.object({
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  DeletionPolicy: v.optional(v.string()),
  DependsOn: v.optional(v.array(v.string()), []),
});

export function resources(template: Template, type: string): readonly Found[] {
  return Object.entries(template.findResources(type)).map(([id, resource]) => {
    const {
      Properties: properties,
      DeletionPolicy: deletion,
      DependsOn: dependsOn,
    } = v.parse(Resource, resource);
    return { id, properties, retained: deletion === 'Retain', dependsOn };
  });
}
