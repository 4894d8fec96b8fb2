import { foldWord } from '@ponte/contracts'
import { nearName } from '@ponte/runtime'

/** Shorter parts of a name match by chance. */
const SHORTEST_PART = 4

/** The one of these names that was probably meant: it differs in spelling, or in what stands before or after. */
export function similarName(name: string, names: readonly string[]): string | undefined {
  const byForm = new Map(names.map(each => [formOf(each), each]))
  const wanted = formOf(name)
  const forms = [...byForm.keys()]
  const form =
    forms.find(each => each === wanted) ??
    nearName(wanted, forms) ??
    forms.find(each => isPart(wanted, each) || isPart(each, wanted))
  return form === undefined ? undefined : byForm.get(form)
}

const isPart = (part: string, whole: string): boolean => part.length >= SHORTEST_PART && whole.includes(part)

/** Without case, accents and what separates words. */
const formOf = (name: string): string => foldWord(name.slice(0, 200)).replaceAll(/[^\p{L}\p{N}]+/gu, '')
