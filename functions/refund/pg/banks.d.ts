/** Code → bank of a PG; undefined for a PG whose table is not published, where i'mport is the judge. */
export declare function banksOf(pgProvider: string | undefined): Readonly<Record<string, string>> | undefined;
