/** Rounds to hundredths: less is not visible. */
export const short = (value: number | undefined): number => Math.round((value ?? 0) * 100) / 100
