import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** The folder, or a mount in Docker, does not let another file take the place of this one. */
const NOT_REPLACEABLE = new Set(['EROFS', 'EACCES', 'EPERM', 'EBUSY', 'EXDEV', 'ENAMETOOLONG'])

/**
 * Replaces the content of a file in one step: a reader finds the old text or the new one, also after a crash. Mode and owner stay. Behind a
 * link, the file that it leads to is replaced. A file that is mounted by itself, as in Docker, cannot be replaced: it is written over.
 * Rejects, and leaves the file as it was, when that is forbidden too. A file that is not there yet is made for its owner alone to read:
 * `newOwner`, which counts where root runs this.
 */
export async function replaceFile(file: string, text: string, newOwner?: Owner): Promise<void> {
  const target = await realpath(file).catch(() => file)
  try {
    await replaceWhole(target, text, newOwner)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!NOT_REPLACEABLE.has(code)) throw error
    await writeOver(target, text)
  }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

async function replaceWhole(target: string, text: string, newOwner: Owner | undefined): Promise<void> {
  const old = await stat(target).catch(() => undefined)
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      const own = await handle.stat()
      const { uid, gid } = old ?? newOwner ?? own
      const isOther = own.uid !== uid || own.gid !== gid
      if (isOther && (old !== undefined || process.getuid?.() === 0)) await handle.chown(uid, gid)
      if (old !== undefined) await handle.chmod(old.mode & 0o7777)
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The new text is written before what is left of a longer old one is cut off, so that no moment leaves the file empty. */
async function writeOver(target: string, text: string): Promise<void> {
  const handle = await open(target, 'r+')
  try {
    const bytes = Buffer.from(text)
    await handle.write(bytes, 0, bytes.length, 0)
    await handle.truncate(bytes.length)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
