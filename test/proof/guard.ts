/** A guard of the protocol, and how the sources look without it. */
export interface Guard {
  /** The row of PROTOCOL that it belongs to, and what it says. */
  readonly guard: string;
  /** Under functions/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** The scenario of which some schedule breaks a promise without it; without a name, unit tests are to notice. */
  readonly by?: string;
}
