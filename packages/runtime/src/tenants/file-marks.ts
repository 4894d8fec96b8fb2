import { statSync } from 'node:fs'

/** What the system says of a file. Undefined where it says nothing: a secret of another process may be in a folder that is closed to this one. */
function look(file: string) {
  try {
    return statSync(file, { bigint: true })
  } catch {
    return undefined
  }
}

/** A text that is another one when the file is another, or was written to. A link counts as the file that it leads to. */
export function markOf(file: string): string {
  const found = look(file)
  if (found === undefined) return 'none'
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}

/** Whether the file came to be what it is after this time, in milliseconds since 1970. */
export const isNewerThan = (file: string, time: number): boolean => Number(look(file)?.ctimeMs ?? 0) >= Math.floor(time)

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
