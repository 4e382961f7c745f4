import { LocalRunError } from '../errors.ts';
import type { Plan } from './plan.ts';

/** What the logical ids of the scheduled functions hold; the local run has controls that name them. */
export const RESOLVER = 'ResolveRefunds';
export const RECONCILER = 'ReconcilePayments';

/**
 * The logical id of the function that `name` names in whole or in part.
 * @throws LocalRunError unless there is exactly one
 */
export function functionIdOf({ functions }: Plan, name: string): string {
  const [found, ...others] = functions.filter(({ logicalId }) =>
    logicalId.toLowerCase().includes(name.toLowerCase()),
  );
  if (found !== undefined && others.length === 0) return found.logicalId;
  const ids = functions.map(({ logicalId }) => logicalId).join(', ');
  throw new LocalRunError(`${name} must name exactly one function of ${ids}`);
}
