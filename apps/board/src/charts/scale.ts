/** Rounds to hundredths: less is not visible. */
export const short = (value: number | undefined): number => Math.round((value ?? 0) * 100) / 100

/** Halves of a maximum that people read at a glance, times a power of ten. */
const HALVES = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/** The least round number that a picture which reaches `most` can end at. Its half is round too, and whole where only whole things count. */
export function roundMaximum(most: number, { isWhole }: { readonly isWhole: boolean }): number {
  if (most <= 0) return isWhole ? 2 : 1
  const power = 10 ** Math.floor(Math.log10(most / 2))
  const halves = HALVES.map(half => half * power).filter(half => !isWhole || Number.isInteger(half))
  return 2 * (halves.find(half => half >= most / 2) ?? power * 10)
}
