export * from './entry.ts';
/** A bundle is made as a door's is, and refuses to be one without the SDK. */
export { live } from '../../../functions/runtime/live.ts';
