/** Does one thing and says in one line whether it held, and how long it took. */
export async function check(title: string, work: () => Promise<unknown>): Promise<boolean> {
  const startedAt = performance.now()
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1)
  try {
    await work()
    console.log(`ok      ${title} (${seconds()} s)`)
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.log(`FAILED  ${title} (${seconds()} s)\n${reason.trim().replaceAll(/^/gm, '        ')}`)
    return false
  }
}
