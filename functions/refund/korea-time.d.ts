/** `2026-11`, by Korea's calendar. */
export declare function koreanMonth(ms: number): string;
/** The end of the next weekday after a day in Korea, in ms. Public holidays are not known here, so it is an estimate. */
export declare function nextKoreanWeekdayEnd(ms: number): number;
