import type { ChildProcess } from 'node:child_process'

/** Enough to see why a process failed, however long it talked before. */
const KEPT_CHARACTERS = 512 * 1024

/** Collects what a process writes to stdout and stderr; returns a function that tells the last of it. */
export function recentOutput({ stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>): () => string {
  let text = ''
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-KEPT_CHARACTERS)
    })
  }
  return () => text
}
