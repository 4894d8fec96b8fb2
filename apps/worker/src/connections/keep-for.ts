/**
 * Remembers what `read` gave for so many milliseconds, counted from when it was asked. Callers that come at the same time share one
 * read. What fails is not remembered.
 */
export function keepFor<Value>(ms: number, read: () => Promise<Value>) {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined

  function keep(value: Promise<Value>): Promise<Value> {
    const own = { at: performance.now(), value }
    last = own
    value.catch(() => {
      if (last === own) last = undefined
    })
    return value
  }

  return {
    current: (): Promise<Value> => (last !== undefined && performance.now() - last.at < ms ? last.value : keep(read())),
    /** Reads now, whatever is remembered. */
    readAgain: (): Promise<Value> => keep(read()),
    /** It has changed: the next caller reads. */
    forget(): void {
      last = undefined
    },
  }
}
