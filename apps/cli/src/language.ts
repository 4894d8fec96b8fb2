import { type Language, languages } from '@ponte/contracts'

/** `--lang`, else the locale (the first of LC_ALL, LC_MESSAGES and LANG that is set): Portuguese if that is Portuguese, else English. */
export function chooseLanguage(argv: readonly string[], env: NodeJS.ProcessEnv): Language {
  const asked = askedLanguage(argv)
  if (asked !== undefined) return asked
  const locale = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].find(value => value !== undefined && value !== '')
  return /^pt(?:[_.@-]|$)/i.test(locale ?? '') ? 'pt-BR' : 'en'
}

/** Read before the command line is parsed, because the help needs it. */
function askedLanguage(argv: readonly string[]): Language | undefined {
  const at = argv.findIndex(argument => argument === '--lang' || argument.startsWith('--lang='))
  const argument = argv[at]
  const value = argument === '--lang' ? argv[at + 1] : argument?.slice('--lang='.length)
  return languages.find(language => language === value)
}
