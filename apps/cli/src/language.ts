import { en, type Texts } from './texts/en.ts'
import { ptBr } from './texts/pt-br.ts'

/** The languages of the command line. */
export const languages = ['en', 'pt-BR'] as const
export type Language = (typeof languages)[number]

export const textsOf: Readonly<Record<Language, Texts>> = { en, 'pt-BR': ptBr }

/** `--lang`, else Portuguese when the locale (LC_ALL, LC_MESSAGES, LANG: the first that is set) is Portuguese, else English. */
export function chooseLanguage(argv: readonly string[], env: NodeJS.ProcessEnv): Language {
  const asked = askedLanguage(argv)
  if (asked !== undefined) return asked
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find(value => value !== undefined && value !== '')
  return /^pt(?:[_.@-]|$)/i.test(locale ?? '') ? 'pt-BR' : 'en'
}

/** Read before the command line is parsed, because the help is in this language too. */
function askedLanguage(argv: readonly string[]): Language | undefined {
  const at = argv.findIndex(argument => argument === '--lang' || argument.startsWith('--lang='))
  const argument = argv[at]
  const value = argument === '--lang' ? argv[at + 1] : argument?.slice('--lang='.length)
  return languages.find(language => language === value)
}
