const WIDTH = 24

/** `[######------------------]  25 %`. `share`: from 0 to 1. */
export function progressBar(share: number): string {
  const known = Math.min(1, Math.max(0, share))
  const full = Math.floor(known * WIDTH)
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${String(Math.floor(known * 100)).padStart(3)} %`
}
