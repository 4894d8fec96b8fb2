/** Works one after the other: however many are asked for at once, no more is read at a time than one of them reads. */
export function createOneByOne() {
  let last: Promise<unknown> = Promise.resolve()
  return <Value>(work: () => Promise<Value>): Promise<Value> => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}
