import { Failure } from '@ponte/contracts'

/** Nothing where TOTVS CRM does not answer the question: the answer would only have helped. */
export async function orNothing<Item>(reading: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}
