import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type Language, type skipReasons, type waitReasons } from '../packages/contracts/src/index.ts'
import { tableOf } from './configuration-page.ts'

/** In English and in Portuguese. */
type Words = readonly [en: string, pt: string]

/** Why an event is skipped or waits: the key of the message that its timeline shows. */
export type Reason = (typeof skipReasons)[number] | keyof typeof waitReasons

/** What somebody sees, why that may be, and where it is decided. */
export interface Symptom {
  readonly see: Words
  /** Where an operator looks first. */
  readonly look: Words | string
  /** English pages and sections below `docs`. Their titles are read there, and those of the Portuguese pages. */
  readonly read: readonly string[]
  /** A page or a section below `docs/behaviour`, the code that decides, and the reasons that this code gives. */
  readonly causes: readonly (readonly [behaviour: string, code: readonly string[], reasons?: readonly Reason[]])[]
}

/** For operators: what they see, where they look, what they read then. */
export function operatorsTable(symptoms: readonly Symptom[], language: Language): string {
  const heads = { en: ['what you see', 'look at', 'then'], 'pt-BR': ['o que você vê', 'olhe em', 'depois'] }
  const inLanguage = (words: Words | string): string =>
    typeof words === 'string' ? words : words[language === 'en' ? 0 : 1]
  const rows = symptoms.map(({ see, look, read }) => [
    ...[inLanguage(see), inLanguage(look), read.map(target => linkTo(target, language)).join(', ')],
  ])
  return tableOf(heads[language], rows)
}

/** For engineers: a row for each cause. A file is shown by its name, a folder by its path. */
export function codeTable(symptoms: readonly Symptom[]): string {
  const coded = (texts: readonly string[]): string => texts.map(text => `\`${text}\``).join(', ')
  const shown = (code: string): string => (code.endsWith('.ts') ? path.posix.basename(code) : code)
  const rows = symptoms.flatMap(({ see, causes }) =>
    causes.map(([section, code, reasons = []], index) => {
      const target = `behaviour/${section}`
      const link = `[${headingOf(target, 'en')}](docs/${target})`
      return [
        index === 0 ? see[0] : '',
        reasons.length === 0 ? link : `${link}: ${coded(reasons)}`,
        coded(code.map(shown)),
      ]
    }),
  )
  return tableOf(['symptom', 'why', 'where'], rows)
}

const docs = path.join(import.meta.dirname, '../docs')

const headingsOf = (page: string): readonly string[] =>
  [...readFileSync(path.join(docs, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/** The reference for administrators is in English only. */
function pageIn(page: string, language: Language): string {
  const translated = page.replace(/\.md$/, '.pt-BR.md')
  return language === 'en' || !existsSync(path.join(docs, translated)) ? page : translated
}

/** The title of a section, or of a page. A section of the Portuguese page is the one at the place of the English one. */
function headingOf(target: string, language: Language): string {
  const [page = '', anchor] = target.split('#')
  const index = anchor === undefined ? 0 : headingsOf(page).findIndex(heading => anchorOf(heading) === anchor)
  const heading = headingsOf(pageIn(page, language))[index]
  if (heading === undefined) throw new Error(`there is no ${target} (${language})`)
  return heading
}

/** From the page for operators. */
function linkTo(target: string, language: Language): string {
  const [page = '', anchor] = target.split('#')
  const heading = headingOf(target, language)
  const pageRead = pageIn(page, language)
  const address = path.posix.relative('operating', pageRead)
  const note = language === 'pt-BR' && pageRead === page ? ' (em inglês)' : ''
  return `[${heading}${note}](${address}${anchor === undefined ? '' : `#${anchorOf(heading)}`})`
}
