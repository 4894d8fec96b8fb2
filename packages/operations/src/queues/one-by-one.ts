/** Runs tasks one after the other, so that many requests together read no more at a time than one. */
export function createOneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <Value>(work: () => Promise<Value>): Promise<Value> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}
