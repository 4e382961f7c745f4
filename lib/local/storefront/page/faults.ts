import type { Both } from './language.ts';

/** What each fault of the simulator is, in words. */
export const FAULTS_IN_WORDS: Readonly<Record<string, Both>> = {};
