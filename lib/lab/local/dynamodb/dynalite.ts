import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

/** What the local run uses of dynalite, which brings no types of its own. */
export type DynamoDbListener = (request: IncomingMessage, response: ServerResponse) => void;

interface DynaliteOptions {
  /** LevelDB directory. @default in memory */
  readonly path?: string;
  readonly createTableMs: number;
}

function isDynalite(value: unknown): value is (options: DynaliteOptions) => Server {
  return typeof value === 'function';
}

/** A server that does not listen yet; its `close` closes the database as well. */
export function createDynalite(directory?: string): Server {
  const dynalite: unknown = createRequire(import.meta.url)('dynalite');
  if (!isDynalite(dynalite)) throw new Error('Bug: dynalite no longer exports a function');
  return dynalite({ ...(directory !== undefined && { path: directory }), createTableMs: 0 });
}
