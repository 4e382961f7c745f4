import { createIntrinsics, type Intrinsics } from './intrinsics.ts';
import { type Fields, fieldsOf } from '../json.ts';
import { resourcesOf, type Template, unplayable } from './template.ts';

/** A reader of resources with their intrinsics resolved, shared by everything that plans. */
export interface Planner {
  readonly template: Template;
  readonly intrinsics: Intrinsics;
  readonly properties: (logicalId: string) => Fields;
  /** The function that an ARN of it, its version or its alias names. */
  readonly functionOf: (arn: string) => string;
}

export function createPlanner(template: Template, region: string): Planner {
  const intrinsics = createIntrinsics(template, region);
  return {
    template,
    intrinsics,
    properties: (id) =>
      fieldsOf(intrinsics.resolve(template.resources.get(id)?.properties ?? {}), id, unplayable),
    functionOf: (arn) => {
      const found = resourcesOf(template, 'AWS::Lambda::Function').find((id) => {
        const own = intrinsics.attribute(id, 'Arn');
        return arn === own || arn.startsWith(`${own}:`);
      });
      if (found === undefined) throw unplayable(`${arn} is not a function of ${template.stackName}`);
      return found;
    },
  };
}
