/** A guard of the protocol, and how the sources look without it. */
export interface Mutation {
  /** The row of PROTOCOL that it belongs to, and what it says. */
  readonly guard: string;
  /** Under functions/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** What notices: a scenario, of which some schedule breaks a promise then; or a test. */
  readonly by: string;
}
