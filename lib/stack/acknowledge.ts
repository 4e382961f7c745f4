import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of a validation plugin (cdk-nag), and why it stands. */
interface Acknowledged {
  readonly id: string;
  readonly reason: string;
}

type Named = Readonly<Record<string, unknown>>;

/**
 * Says of findings why they stand. A shop may have a CDK that has no such notes yet (before 2.254), or takes other names for them:
 * they change nothing that is deployed, so there they are left out.
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
