/**
 * In the bundles this stands for `node:http`. An `import` of that module reads every name that it exports, and reading `WebSocket`
 * loads the platform's other HTTP client (undici), a fifth of a cold start. Asked for in this way, only what is named here is read.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule('node:http');
