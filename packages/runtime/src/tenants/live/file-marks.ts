import { statSync } from 'node:fs'

/** A text that is another one when the file is another, or was written to. A link counts as the file that it leads to. */
export function markOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(':')
  } catch {
    return 'none'
  }
}

/** When the file was last changed, in milliseconds since 1970. */
export const changedAtOf = (file: string): number | undefined => {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && Math.floor(found.mtimeMs)
}

/** Whether the file came to be what it is after this time, in milliseconds since 1970. */
export const isNewerThan = (file: string, time: number): boolean =>
  (statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= time

/** A thousand tenants may have seven files of secrets each. So many are looked at in a few milliseconds. */
const FILES_AT_ONCE = 1000

/** Notices when one of many files changes. */
export function createFileMarks() {
  let marks = new Map<string, string>()
  let changes = 0
  /** Where the next look goes on. */
  let position = 0

  return {
    /** From now on these are the files. */
    use(files: Iterable<string>): void {
      marks = new Map([...files].map(file => [file, marks.get(file) ?? markOf(file)]))
      position = 0
    },
    /** Looks at as many files as may be looked at once, and returns how many changes have been noticed so far. */
    look(): number {
      const files = [...marks.keys()].slice(position, position + FILES_AT_ONCE)
      position = position + files.length < marks.size ? position + files.length : 0
      for (const file of files) {
        const mark = markOf(file)
        if (marks.get(file) !== mark) changes += 1
        marks.set(file, mark)
      }
      return changes
    },
  }
}
