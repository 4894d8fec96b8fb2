import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/**
 * Replaces the content of a file in one step: a reader finds the old text or the new one, also after a crash. Mode and owner stay. Behind a
 * link, the file that it leads to is replaced. Rejects, and leaves the file as it was, when the folder or the owner forbids that.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file)
  const { mode, uid, gid } = await stat(target)
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      const own = await handle.stat()
      if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid)
      await handle.chmod(mode & 0o7777)
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
