import { httpHandler } from './http/http-handler.ts';
import { problem } from './http/problem.ts';

export const handler = httpHandler(async () => Promise.resolve(problem('INTERNAL_ERROR')));
