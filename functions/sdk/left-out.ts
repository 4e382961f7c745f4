/**
 * In the bundles this stands for parts of the SDK that nothing of ours can reach.
 */

/** Signs the events of a stream. Each signer makes one, and no request asks it. */
export class HeaderFormatter {
  format(): never {
    throw new Error('Bug: a stream of events to sign');
  }
}

/** For a Node that was built without `node:crypto`. */
export function Sha256Js(): never {
  throw new Error('Bug: no node:crypto');
}

/** Readies input and output for the log of a client. Ours have none: `getLoggerPlugin` in `plain-client.ts`. */
export function schemaLogFilter(): never {
  throw new Error('Bug: the SDK has no log');
}
