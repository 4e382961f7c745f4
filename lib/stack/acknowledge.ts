import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of a validation plugin (cdk-nag), and why it is accepted. */
interface Acknowledged {
  readonly id: string;
  readonly reason: string;
}

type Named = Readonly<Record<string, unknown>>;

/**
 * Accepts findings with a reason. A shop's CDK may have no such acknowledgements (before 2.254) or other names for them; they
 * do not change what is deployed, so they are left out there.
 */
export function acknowledge(construct: IConstruct, ...findings: readonly Acknowledged[]): void {
  if ((cdk as Named)['Validations'] === undefined) return;
  const notes = cdk.Validations.of(construct);
  for (const finding of findings) {
    try {
      notes.acknowledge(finding);
    } catch {
      // Before 2.27x: «InvalidValidationId» for a name with a colon.
    }
  }
}
