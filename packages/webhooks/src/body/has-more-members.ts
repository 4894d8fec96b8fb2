/**
 * Whether the objects in a JSON value have more members than this, counted together. Without recursion, so that no depth of nesting
 * overflows the stack.
 */
export function hasMoreMembers(root: unknown, most: number): boolean {
  let members = 0
  const open: unknown[] = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const inner: readonly unknown[] = Object.values(value)
    if (!Array.isArray(value)) members += inner.length
    if (members > most) return true
    for (const item of inner) if (typeof item === 'object' && item !== null) open.push(item)
  }
  return false
}
