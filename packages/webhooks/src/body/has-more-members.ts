/**
 * Whether a JSON value holds more members than `most`: members of objects, and objects and lists in lists, counted together. Without
 * recursion, so that deep nesting cannot overflow the stack.
 */
export function hasMoreMembers(root: unknown, most: number): boolean {
  let members = 0
  const open: unknown[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const isList = Array.isArray(value)
    const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
    if (!isList) members += inner.length
    for (const item of inner) {
      if (members > most) return true
      if (typeof item !== 'object' || item === null) continue
      if (isList) members++
      open.push(item)
    }
  }
  return members > most
}
