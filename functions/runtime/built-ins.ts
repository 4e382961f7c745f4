/**
 * In the bundles this stands for modules of node's own. An import of one reads everything it exports, and some names load a lot
 * when they are read: `WebSocket` of node:http the platform's other HTTP client, `stdout` of node:process its streams,
 * `parseArgs` of node:util a parser; together a fifth of a cold start. Asked for in this way, only what is used is read.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule('node:http');
export const { env, versions } = process;
export const { isDeepStrictEqual, promisify } = process.getBuiltinModule('node:util');
